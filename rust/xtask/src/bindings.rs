//! `rust/extension_api.json`, what the bindings to the engine are made from: the engine's own description of itself,
//! without the classes and methods that nothing here uses, for players would download those, too.
//!
//! The bindings look up every method they know of when the library is loaded. For all that the engine has, that is
//! 1.8 MiB of code and names, which players download, and most of the time that loading takes.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::MetadataCommand;
use regex::Regex;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use crate::{process, workspace};

/// What the extension and the bindings themselves use; each comes with those it inherits from.
const CLASSES: &[&str] = &[
    "ClassDB",
    "CryptoKey",
    "EditorPlugin",
    "Engine",
    "EngineDebugger",
    "FileAccess",
    "MultiplayerAPI",
    "MultiplayerPeerExtension",
    "Node",
    "OS",
    "PackedScene",
    "PacketPeerExtension",
    "Performance",
    "ProjectSettings",
    "RefCounted",
    "ResourceLoader",
    "ResourceSaver",
    "SceneTree",
    "ScriptExtension",
    "ScriptLanguageExtension",
    "StreamPeerBuffer",
    "StreamPeerTCP",
    "StreamPeerTLS",
    "TLSOptions",
    "WeakRef",
    "X509Certificate",
];

/// What the bindings only name; nobody calls a method of these, nor of those that they alone inherit from.
const NAMES: &[&str] = &["Node2D", "Node3D", "Window"];

/// How the names of methods of plain types begin that the bindings use without a call: in a macro, and because a module is public
/// as soon as one of these is there.
const OF_VALUES: [&str; 3] = ["decode_", "encode_", "strip_edges"];

/// The variable that the build of the bindings watches and does not read, for the file's own is set.
const MARK: &str = "GODOT4_GDEXTENSION_JSON";

/// Writes the file, or with `check` only fails if it is not what it should be.
///
/// # Errors
///
/// If the engine's description is not what we think it is, or the file differs or cannot be written.
pub fn run(check: bool) -> Result<()> {
    let description = description()?;
    let config = marked(&fs::read_to_string(config_place())?, &description)?;
    for (place, expected) in [(place(), description), (config_place(), config)] {
        if !check {
            fs::write(place, expected)?;
        } else if fs::read_to_string(&place)? != expected {
            bail!("{} is not up to date: run `cargo xtask bindings`", place.display());
        }
    }
    Ok(())
}

fn place() -> PathBuf {
    workspace::root().join("rust/extension_api.json")
}

fn config_place() -> PathBuf {
    workspace::root().join(".cargo/config.toml")
}

/// Cargo's configuration with the description's hash in it: the bindings are made anew when the value of a variable is another,
/// and not when the file is.
fn marked(config: &str, description: &str) -> Result<String> {
    let line = Regex::new(&format!("(?m)^{MARK} = .*$"))?;
    ensure!(line.is_match(config), "{} has no {MARK}", config_place().display());
    let hash: String = process::hex(&Sha256::digest(description)).chars().take(16).collect();
    Ok(line.replace(config, format!("{MARK} = \"{hash}\"")).into_owned())
}

/// The description of the oldest engine that the addon runs on, without other classes, what asks for one, and what nobody
/// calls.
fn description() -> Result<String> {
    let calls = Calls::read()?;
    let mut api: Map<String, Value> = serde_json::from_str(&gdextension_api::version_4_3::load_extension_api_json())?;
    let classes = take_list(&mut api, "classes")?;
    let used = with_ancestors(&classes, CLASSES)?;
    let kept: HashSet<&str> = &used | &with_ancestors(&classes, NAMES)?;
    let gone: HashSet<&str> = classes.iter().map(name).filter(|name| !kept.contains(name)).collect();
    let classes = classes.iter().filter(|class| kept.contains(name(class))).map(|class| {
        let is_used = used.contains(name(class));
        let mut class = class.clone();
        for members in ["methods", "signals", "properties"] {
            if let Some(members) = class.get_mut(members).and_then(Value::as_array_mut) {
                members.retain(|member| is_used && !asks_for(member, &gone));
            }
        }
        retain(&mut class, "methods", |method| {
            method.get("is_virtual") == Some(&Value::Bool(true)) || is_called(&calls.everywhere, method)
        });
        class
    });
    let classes = classes.collect();
    let singletons = take_list(&mut api, "singletons")?;
    let singletons = singletons.into_iter().filter(|singleton| kept.contains(name(singleton))).collect();
    let mut structures = take_list(&mut api, "native_structures")?;
    structures.retain(|structure| !asks_for(structure, &gone));
    let mut types = take_list(&mut api, "builtin_classes")?;
    for kind in &mut types {
        retain(kind, "methods", |method| {
            let name = name(method);
            is_called(&calls.of_values, method) || OF_VALUES.iter().any(|beginning| name.starts_with(beginning))
        });
    }
    let mut functions = take_list(&mut api, "utility_functions")?;
    functions.retain(|function| is_called(&calls.everywhere, function));
    api.insert("native_structures".to_owned(), Value::Array(structures));
    api.insert("builtin_classes".to_owned(), Value::Array(types));
    api.insert("utility_functions".to_owned(), Value::Array(functions));
    api.insert("classes".to_owned(), Value::Array(classes));
    api.insert("singletons".to_owned(), Value::Array(singletons));
    let mut api = Value::Object(api);
    drop_words(&mut api);
    write(&api)
}

/// What is called in the sources of the bindings and of our own crates that use them, by name alone. A name too many costs a
/// few bytes; one too few does not compile.
#[derive(Default)]
struct Calls {
    everywhere: HashSet<String>,
    /// What is called of the engine's plain types, such as `String`. The bindings ask for it by types named `Inner…`, and have
    /// functions of their own under the same names as many others.
    of_values: HashSet<String>,
}

impl Calls {
    fn read() -> Result<Self> {
        let call = Regex::new(r"\b(\w+)\s*(?:::<[^>]*>)?\(")?;
        let call_of_value = Regex::new(r"(?:inner\w*(?:\(\))?(?:\s*\})?\s*\.|Inner\w+::)\s*(\w+)")?;
        let mut calls = Self::default();
        for package in MetadataCommand::new().manifest_path(workspace::root().join("Cargo.toml")).exec()?.packages {
            let is_bindings = package.name.starts_with("godot");
            if !is_bindings && !package.dependencies.iter().any(|dependency| dependency.name == "godot") {
                continue;
            }
            let code = code_below(package.manifest_path.with_file_name("src").as_std_path())?;
            calls.everywhere.extend(names(&call, &code));
            calls.of_values.extend(names(if is_bindings { &call_of_value } else { &call }, &code));
        }
        Ok(calls)
    }
}

fn names(pattern: &Regex, code: &str) -> impl Iterator<Item = String> {
    pattern.captures_iter(code).map(|found| found.extract::<1>().1.concat())
}

/// Whether a function is called, in one of the forms in which the bindings have it: because its name is a keyword, it has
/// arguments that can be left out, or it is wrapped by hand.
fn is_called(calls: &HashSet<String>, function: &Value) -> bool {
    let name = name(function);
    calls.contains(name)
        || ["_", "_ex"].iter().any(|after| calls.contains(&format!("{name}{after}")))
        || ["", "_ex"].iter().any(|after| calls.contains(&format!("raw_{name}{after}")))
}

/// All the code below a folder, without the lines that are comments.
fn code_below(folder: &Path) -> Result<String> {
    let mut code = String::new();
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        if entry.path().extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(entry.path())?;
            text.lines().filter(|line| !line.trim_start().starts_with("//")).for_each(|line| {
                code.push_str(line);
                code.push('\n');
            });
        }
    }
    Ok(code)
}

/// The classes that are wanted, with those they inherit from.
fn with_ancestors<'a>(classes: &'a [Value], wanted: &[&str]) -> Result<HashSet<&'a str>> {
    let mut found = HashSet::new();
    for wanted in wanted {
        let mut next = Some(*wanted);
        while let Some(wanted) = next {
            let class = classes.iter().find(|class| name(class) == wanted);
            let class = class.with_context(|| format!("the engine has no class {wanted}"))?;
            found.insert(name(class));
            next = class.get("inherits").and_then(Value::as_str);
        }
    }
    Ok(found)
}

/// Whether an argument, a result, a property or a field is of a class that is gone, or of a type that has its name in it.
fn asks_for(member: &Value, gone: &HashSet<&str>) -> bool {
    match member {
        Value::Object(fields) => fields.iter().any(|(key, value)| match (key.as_str(), value) {
            ("type" | "format", Value::String(kind)) => {
                kind.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| gone.contains(word))
            }
            (_, value) => asks_for(value, gone),
        }),
        Value::Array(members) => members.iter().any(|member| asks_for(member, gone)),
        _ => false,
    }
}

/// What is written for readers is not asked for by anybody.
fn drop_words(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, _| key != "description" && key != "brief_description");
            fields.values_mut().for_each(drop_words);
        }
        Value::Array(members) => members.iter_mut().for_each(drop_words),
        _ => {}
    }
}

/// A line for each class and the like, so that a change can be read.
fn write(api: &Value) -> Result<String> {
    let mut sections = Vec::new();
    for (key, section) in api.as_object().into_iter().flatten() {
        let text = match section {
            Value::Array(members) => {
                let lines: Result<Vec<_>, _> = members.iter().map(serde_json::to_string).collect();
                format!("[\n{}\n]", lines?.join(",\n"))
            }
            other => serde_json::to_string(other)?,
        };
        sections.push(format!("{}: {text}", serde_json::to_string(key)?));
    }
    Ok(format!("{{\n{}\n}}\n", sections.join(",\n")))
}

/// Keeps of one of its lists what is wanted.
fn retain(owner: &mut Value, list: &str, is_wanted: impl Fn(&Value) -> bool) {
    if let Some(members) = owner.get_mut(list).and_then(Value::as_array_mut) {
        members.retain(is_wanted);
    }
}

fn take_list(api: &mut Map<String, Value>, key: &str) -> Result<Vec<Value>> {
    match api.get_mut(key).map(Value::take) {
        Some(Value::Array(members)) => Ok(members),
        _ => bail!("the engine's description has no {key}"),
    }
}

fn name(class: &Value) -> &str {
    class.get("name").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_the_engines_own_description_of_what_is_used() {
        run(true).unwrap();
    }

    #[test]
    fn what_asks_for_a_class_that_is_gone_goes_with_it() {
        let gone = HashSet::from(["Texture2D"]);
        let of = |kind: &str| serde_json::json!({ "name": "x", "arguments": [{ "name": "Texture2D", "type": kind }] });
        for kind in ["Texture2D", "typedarray::Texture2D", "enum::Texture2D.Format", "const Texture2D*"] {
            assert!(asks_for(&of(kind), &gone), "{kind}");
        }
        assert!(!asks_for(&of("Texture2DArray"), &gone));
        assert!(!asks_for(&of("int"), &gone));
    }
}
