//! `rust/extension_api.json`, what the bindings to the engine are made from: the engine's own description of itself,
//! without the classes that nothing here uses, for players would download those, too.
//!
//! The bindings look up every method they know of when the library is loaded. For all of the engine's classes that is
//! 1.7 MiB of code and names, which players download, and most of the time that loading takes.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::workspace;

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

/// Writes the file, or with `check` only fails if it is not what it should be.
///
/// # Errors
///
/// If the engine's description is not what we think it is, or the file differs or cannot be written.
pub fn run(check: bool) -> Result<()> {
    let expected = description()?;
    if !check {
        return Ok(fs::write(place(), expected)?);
    }
    if fs::read_to_string(place())? != expected {
        bail!("{} is not up to date: run `cargo xtask bindings`", place().display());
    }
    Ok(())
}

fn place() -> PathBuf {
    workspace::root().join("rust/extension_api.json")
}

/// The description of the oldest engine that the addon runs on, without other classes and without what asks for one.
fn description() -> Result<String> {
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
        class
    });
    let classes = classes.collect();
    let singletons = take_list(&mut api, "singletons")?;
    let singletons = singletons.into_iter().filter(|singleton| kept.contains(name(singleton))).collect();
    let mut structures = take_list(&mut api, "native_structures")?;
    structures.retain(|structure| !asks_for(structure, &gone));
    api.insert("native_structures".to_owned(), Value::Array(structures));
    api.insert("classes".to_owned(), Value::Array(classes));
    api.insert("singletons".to_owned(), Value::Array(singletons));
    let mut api = Value::Object(api);
    drop_words(&mut api);
    write(&api)
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
