//! The doc comments of the extension's classes and of what they have, read off the sources: the engine describes members
//! without them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, ImplItem, Item, Lit, LitStr, Meta, Token, Type};
use walkdir::WalkDir;

/// Comments by class and member; a class's own are under the empty name, an enum's under the enum's.
pub(super) type Comments = HashMap<(String, String), String>;

/// Reads every file below a folder of Rust sources.
pub(super) fn comments(folder: &Path) -> Result<Comments> {
    let mut comments = Comments::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let path = entry?.into_path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            read(&text, &mut comments).with_context(|| format!("cannot parse {}", path.display()))?;
        }
    }
    Ok(comments)
}

fn read(text: &str, comments: &mut Comments) -> Result<()> {
    for item in syn::parse_file(text)?.items {
        match item {
            Item::Struct(item) if has_attribute(&item.attrs, "class") => {
                let class = item.ident.to_string();
                for field in item.fields.iter().filter(|field| has_attribute(&field.attrs, "var")) {
                    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    comments.insert((class.clone(), name), comment(&field.attrs));
                }
                comments.insert((class, String::new()), comment(&item.attrs));
            }
            Item::Impl(item) if has_attribute(&item.attrs, "godot_api") && item.trait_.is_none() => {
                let Type::Path(path) = *item.self_ty else { continue };
                let class = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
                for member in item.items {
                    if let Some((name, text)) = of_member(&member) {
                        comments.insert((class.clone(), name), text);
                    }
                }
            }
            Item::Macro(item) if item.mac.path.is_ident("class_enum") => {
                let ClassEnum { class, name, text, constants } = item.mac.parse_body()?;
                comments.insert((class.clone(), name), text);
                comments.extend(constants.into_iter().map(|(name, text)| ((class.clone(), name), text)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A method, or a signal, which the parser does not know: it is a method without a body.
fn of_member(member: &ImplItem) -> Option<(String, String)> {
    match member {
        ImplItem::Fn(method) if has_attribute(&method.attrs, "func") => {
            Some((method.sig.ident.to_string(), comment(&method.attrs)))
        }
        ImplItem::Verbatim(tokens) => {
            let signal: syn::TraitItemFn = syn::parse2(tokens.clone()).ok()?;
            has_attribute(&signal.attrs, "signal").then(|| (signal.sig.ident.to_string(), comment(&signal.attrs)))
        }
        _ => None,
    }
}

/// What the extension's macro `class_enum!` is given.
struct ClassEnum {
    class: String,
    name: String,
    text: String,
    constants: Vec<(String, String)>,
}

impl Parse for ClassEnum {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let text = comment(&input.call(Attribute::parse_outer)?);
        let class: syn::Ident = input.parse()?;
        input.parse::<Token![.]>()?;
        let name: syn::Ident = input.parse()?;
        let content;
        syn::braced!(content in input);
        let mut constants = Vec::new();
        while !content.is_empty() {
            content.parse::<syn::Ident>()?;
            content.parse::<Token![=]>()?;
            content.parse::<Lit>()?;
            content.parse::<Token![,]>()?;
            let constant: LitStr = content.parse()?;
            content.parse::<Token![,]>()?;
            let help: LitStr = content.parse()?;
            content.parse::<Token![;]>()?;
            constants.push((constant.value(), help.value()));
        }
        Ok(Self { class: class.to_string(), name: name.to_string(), text, constants })
    }
}

fn has_attribute(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}

/// The lines of a doc comment, each without the space it starts with.
fn comment(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).filter_map(|attribute| {
        let Meta::NameValue(meta) = &attribute.meta else { return None };
        let Expr::Lit(literal) = &meta.value else { return None };
        let Lit::Str(text) = &literal.lit else { return None };
        let text = text.value();
        Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_member_has_its_comment() {
        let mut comments = Comments::new();
        read(
            r#"
            /// A class.
            ///
            /// More of it.
            #[derive(GodotClass)]
            #[class(tool, init, base = RefCounted)]
            pub struct A {
                /// A property.
                #[var(get = get_size)]
                size: i32,
                /// Not for the engine.
                hidden: i32,
            }
            #[godot_api(secondary)]
            impl A {
                /// A signal.
                #[signal]
                fn gone(id: i32);
                /// A method.
                #[func]
                fn go(&mut self, #[opt(default = "*")] to: GString) {}
                /// Not for the engine.
                fn helper(&self) {}
            }
            class_enum! {
                /// An enum.
                A.Number { One = 1, "NUMBER_ONE", "The first."; }
            }
            "#,
            &mut comments,
        )
        .unwrap();
        let of = |name: &str| comments.get(&("A".to_owned(), name.to_owned())).map(String::as_str);
        assert_eq!(of(""), Some("A class.\n\nMore of it."));
        assert_eq!(of("size"), Some("A property."));
        assert_eq!(of("gone"), Some("A signal."));
        assert_eq!(of("go"), Some("A method."));
        assert_eq!(of("Number"), Some("An enum."));
        assert_eq!(of("NUMBER_ONE"), Some("The first."));
        assert_eq!(comments.len(), 6);
    }
}
