//! What can be told of a library by looking at it, since those for other systems do not run here: for which system it is,
//! how large, whether stripped, and how new a C library it asks for.

use anyhow::{Context, Result};
use comfy_table::{Table, presets};
use object::read::elf::ElfFile64;
use object::read::macho::FatArch as _;
use object::{Architecture, BinaryFormat, Endianness, FileKind, Object as _, ObjectSection as _};

use crate::doctor::numbers;

/// Every player downloads it. `.ci/size` says what makes it as large as it is.
const SIZE_LIMIT: usize = 4_096 * 1024;

/// One library of the package.
pub(super) struct Library {
    /// The engine's name of its platform, the key in the `.gdextension`.
    pub(super) platform: String,
    /// Its path in the addon's folder.
    pub(super) place: String,
    pub(super) bytes: Vec<u8>,
    /// One for each architecture in it; more than one only in Apple's universal files.
    parts: Vec<Part>,
}

/// The library of one architecture.
struct Part {
    format: BinaryFormat,
    architecture: Architecture,
    size: usize,
    is_stripped: bool,
    /// The newest version of glibc that it asks for.
    glibc: Option<String>,
}

impl Library {
    /// Looks at a library.
    /// Fails if it is none.
    pub(super) fn parse(platform: &str, place: &str, bytes: Vec<u8>) -> Result<Self> {
        let parts = parts_of(&bytes).with_context(|| format!("{place} is no library"))?;
        Ok(Self { platform: platform.to_owned(), place: place.to_owned(), bytes, parts })
    }

    /// Why it cannot be shipped; `glibc` is the newest one that it may ask for.
    pub(super) fn problems(&self, glibc: Option<&str>) -> Vec<String> {
        let place = &self.place;
        let mut problems = Vec::new();
        for (format, architecture) in expected(&self.platform) {
            if !self.parts.iter().any(|part| part.format == format && part.architecture == architecture) {
                problems.push(format!("{place} holds no {format:?} library for {architecture:?}"));
            }
        }
        for part in &self.parts {
            if part.size > SIZE_LIMIT {
                let (size, limit) = (part.size.div_ceil(1024), SIZE_LIMIT / 1024);
                problems.push(format!("{place} has {size} KiB, more than {limit}"));
            }
            if !part.is_stripped {
                problems.push(format!("{place} is not stripped"));
            }
            if let (Some(limit), Some(needed)) = (glibc, &part.glibc)
                && numbers(needed) > numbers(limit)
            {
                problems.push(format!("{place} needs glibc {needed}, newer than {limit}"));
            }
        }
        problems
    }
}

/// A table of libraries for people.
pub(super) fn table(libraries: &[Library]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["platform", "library", "KiB", "stripped", "needs glibc"]);
    for library in libraries {
        for part in &library.parts {
            table.add_row([
                library.platform.clone(),
                library.place.clone(),
                part.size.div_ceil(1024).to_string(),
                if part.is_stripped { "yes" } else { "no" }.to_owned(),
                part.glibc.as_ref().map_or_else(|| "-".to_owned(), |version| format!("{version} or newer")),
            ]);
        }
    }
    table.to_string()
}

/// What a library of this platform has to hold.
fn expected(platform: &str) -> Vec<(BinaryFormat, Architecture)> {
    let (system, architecture) = platform.split_once('.').unwrap_or((platform, "universal"));
    let format = match system {
        "windows" => BinaryFormat::Pe,
        "macos" | "ios" => BinaryFormat::MachO,
        _ => BinaryFormat::Elf,
    };
    match architecture {
        "arm64" => vec![(format, Architecture::Aarch64)],
        "x86_64" => vec![(format, Architecture::X86_64)],
        _ => vec![(format, Architecture::Aarch64), (format, Architecture::X86_64)],
    }
}

fn parts_of(bytes: &[u8]) -> Result<Vec<Part>> {
    if FileKind::parse(bytes)? != FileKind::MachOFat32 {
        return Ok(vec![Part::parse(bytes)?]);
    }
    let fat = object::read::macho::MachOFatFile32::parse(bytes)?;
    fat.arches().iter().map(|arch| Part::parse(arch.data(bytes)?)).collect()
}

impl Part {
    fn parse(bytes: &[u8]) -> Result<Self> {
        let file = object::File::parse(bytes)?;
        let has_debug_sections = file.sections().any(|section| section.name().is_ok_and(is_about_debugging));
        // Apple's linker keeps a table of the exported names; elsewhere a stripped library has none besides `.dynsym`.
        let has_symbols = file.format() == BinaryFormat::Elf && file.symbols().next().is_some();
        Ok(Self {
            format: file.format(),
            architecture: file.architecture(),
            size: bytes.len(),
            is_stripped: !has_debug_sections && !has_symbols,
            glibc: if file.format() == BinaryFormat::Elf { newest_glibc(bytes)? } else { None },
        })
    }
}

fn is_about_debugging(section: &str) -> bool {
    section.starts_with(".debug_") || section.starts_with("__debug_")
}

/// The newest version of glibc's symbols that an ELF library asks for; none if it asks for another C library.
fn newest_glibc(bytes: &[u8]) -> Result<Option<String>> {
    let file = ElfFile64::<Endianness>::parse(bytes)?;
    let endian = file.endian();
    let sections = file.elf_section_table();
    let Some((needs, strings)) = sections.gnu_verneed(endian, bytes)? else {
        return Ok(None);
    };
    let strings = sections.strings(endian, bytes, strings)?;
    let mut found = Vec::new();
    for need in needs {
        let (_, versions) = need?;
        for version in versions {
            let name = std::str::from_utf8(version?.name(endian, strings)?)?.to_owned();
            found.extend(name.strip_prefix("GLIBC_").map(str::to_owned));
        }
    }
    Ok(found.into_iter().max_by_key(|version| numbers(version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(format: BinaryFormat, architecture: Architecture) -> Part {
        Part { format, architecture, size: 1000, is_stripped: true, glibc: None }
    }

    fn library(platform: &str, parts: Vec<Part>) -> Library {
        Library { platform: platform.to_owned(), place: "bin/lib".to_owned(), bytes: Vec::new(), parts }
    }

    #[test]
    fn a_library_that_can_be_shipped_has_no_problems() {
        let mut linux = part(BinaryFormat::Elf, Architecture::X86_64);
        linux.glibc = Some("2.28".to_owned());
        assert_eq!(library("linux.x86_64", vec![linux]).problems(Some("2.28")), [""; 0]);
        let mac =
            vec![part(BinaryFormat::MachO, Architecture::X86_64), part(BinaryFormat::MachO, Architecture::Aarch64)];
        assert_eq!(library("macos", mac).problems(None), [""; 0]);
        let phone = library("ios.arm64", vec![part(BinaryFormat::MachO, Architecture::Aarch64)]);
        assert_eq!(phone.problems(None), [""; 0]);
    }

    #[test]
    fn every_problem_is_told() {
        let mut linux = part(BinaryFormat::Elf, Architecture::X86_64);
        linux.size = SIZE_LIMIT + 1;
        linux.is_stripped = false;
        linux.glibc = Some("2.34".to_owned());
        assert_eq!(
            library("linux.x86_64", vec![linux]).problems(Some("2.28")),
            [
                "bin/lib has 4097 KiB, more than 4096",
                "bin/lib is not stripped",
                "bin/lib needs glibc 2.34, newer than 2.28"
            ]
        );
    }

    #[test]
    fn a_library_in_the_wrong_place_is_told() {
        let linux = || vec![part(BinaryFormat::Elf, Architecture::X86_64)];
        assert_eq!(library("windows.arm64", linux()).problems(None), ["bin/lib holds no Pe library for Aarch64"]);
        assert_eq!(library("android.arm64", linux()).problems(None), ["bin/lib holds no Elf library for Aarch64"]);
        let half = library("macos", vec![part(BinaryFormat::MachO, Architecture::Aarch64)]);
        assert_eq!(half.problems(None), ["bin/lib holds no MachO library for X86_64"]);
    }

    #[test]
    fn what_is_no_library_is_refused() {
        assert!(Library::parse("linux.x86_64", "bin/lib", b"#!/bin/sh\n".to_vec()).is_err());
    }

    /// This very test is an ELF file of this machine, and nobody has stripped it.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn an_elf_file_tells_what_it_is_and_needs() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let parts = parts_of(&bytes).unwrap();
        assert_eq!(parts[0].format, BinaryFormat::Elf);
        assert!(!parts[0].is_stripped);
        let glibc = parts[0].glibc.as_ref().unwrap();
        assert!(numbers(glibc) >= numbers("2.2.5"), "{glibc}");
    }
}
