//! What the classes have, as the engine tells it: `--doctool` writes XML, one file per class.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use roxmltree::{Document, Node};

use crate::process;

/// The engine takes a second.
const LIMIT: Duration = Duration::from_secs(60);

/// A class, without a word of description.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) name: String,
    pub(super) inherits: String,
    pub(super) properties: Vec<Property>,
    pub(super) methods: Vec<Method>,
    pub(super) signals: Vec<Method>,
    pub(super) constants: Vec<Constant>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) default: String,
    pub(super) setter: String,
    pub(super) getter: String,
}

/// A method or a signal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Method {
    pub(super) name: String,
    pub(super) returns: String,
    pub(super) parameters: Vec<Parameter>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) default: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Constant {
    pub(super) name: String,
    pub(super) value: String,
    /// The enum it is of, or nothing.
    pub(super) of: String,
}

/// Has the engine describe the classes of all extensions of the project, in the order of their names.
pub(super) fn classes(engine: &Path, project: &Path) -> Result<Vec<Class>> {
    let folder = tempfile::Builder::new().prefix("doctool-").tempdir()?;
    let mut command = Command::new(engine);
    command.arg("--headless").arg("--path").arg(project).arg("--doctool").arg(folder.path()).arg("--gdextension-docs");
    // It keeps a cache of the editor's help where its user's home is, and deletes it here.
    for variable in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env(variable, folder.path());
    }
    let finished = process::run_within(&mut command, LIMIT)?;
    if !finished.status.success() {
        bail!("the engine does not describe the classes ({}):\n{}", finished.status, finished.output());
    }
    let mut classes = Vec::new();
    let written = folder.path().join("doc_classes");
    let entries =
        fs::read_dir(&written).with_context(|| format!("the engine has described no class:\n{}", finished.output()))?;
    for entry in entries {
        classes.push(parse(&fs::read_to_string(entry?.path())?)?);
    }
    ensure!(!classes.is_empty(), "the engine has described no class:\n{}", finished.output());
    classes.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(classes)
}

fn parse(xml: &str) -> Result<Class> {
    let document = Document::parse(xml).context("the engine's description of a class is no XML")?;
    let class = document.root_element();
    ensure!(class.has_tag_name("class"), "the engine's description of a class is something else");
    Ok(Class {
        name: attribute(class, "name"),
        inherits: attribute(class, "inherits"),
        properties: members(class, "member").map(property).collect(),
        // What begins with an underscore is between the extension and the engine.
        methods: members(class, "method")
            .filter(|node| !attribute(*node, "name").starts_with('_'))
            .map(method)
            .collect(),
        signals: members(class, "signal").map(method).collect(),
        constants: members(class, "constant").map(constant).collect(),
    })
}

fn members<'a, 'input>(class: Node<'a, 'input>, tag: &'a str) -> impl Iterator<Item = Node<'a, 'input>> {
    class.descendants().filter(move |node| node.has_tag_name(tag))
}

fn property(node: Node<'_, '_>) -> Property {
    Property {
        name: attribute(node, "name"),
        kind: kind(node),
        default: attribute(node, "default"),
        setter: attribute(node, "setter"),
        getter: attribute(node, "getter"),
    }
}

fn method(node: Node<'_, '_>) -> Method {
    let returns = node.children().find(|child| child.has_tag_name("return")).map_or("void".to_owned(), kind);
    let parameters = node.children().filter(|child| child.has_tag_name("param")).map(|parameter| Parameter {
        name: attribute(parameter, "name"),
        kind: kind(parameter),
        default: parameter.attribute("default").map(str::to_owned),
    });
    Method { name: attribute(node, "name"), returns, parameters: parameters.collect() }
}

fn constant(node: Node<'_, '_>) -> Constant {
    Constant { name: attribute(node, "name"), value: attribute(node, "value"), of: attribute(node, "enum") }
}

/// A type: the enum's name where a number is one.
fn kind(node: Node<'_, '_>) -> String {
    node.attribute("enum").map_or_else(|| attribute(node, "type"), str::to_owned)
}

fn attribute(node: Node<'_, '_>, name: &str) -> String {
    node.attribute(name).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_read_with_all_that_it_has() {
        let class = parse(
            r#"<?xml version="1.0" encoding="UTF-8" ?>
            <class name="A" inherits="B"><description></description>
            <methods>
                <method name="go" qualifiers="const"><return type="int" enum="Error" />
                    <param index="0" name="where" type="String" default="&quot;here&quot;" /></method>
                <method name="_hidden"><return type="void" /></method>
            </methods>
            <members><member name="size" type="int" setter="set_size" getter="get_size" default="1"></member></members>
            <signals><signal name="gone"><param index="0" name="id" type="int" /></signal></signals>
            <constants><constant name="ONE" value="1" enum="Number"></constant></constants></class>"#,
        )
        .unwrap();
        assert_eq!((class.name.as_str(), class.inherits.as_str()), ("A", "B"));
        assert_eq!(class.methods.len(), 1);
        assert_eq!(class.methods[0].returns, "Error");
        assert_eq!(class.methods[0].parameters[0].default.as_deref(), Some("\"here\""));
        assert_eq!(class.properties[0].setter, "set_size");
        assert_eq!(class.signals[0].parameters[0].name, "id");
        assert_eq!(class.constants[0].of, "Number");
    }
}
