//! The zip archive, by which a release can be checked: the same files make the same bytes, whenever and wherever.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Plain files, readable by everybody. Engines load libraries that are not executable just as well.
const PERMISSIONS: u32 = 0o644;

/// Writes `files`, by their names in the archive, to `path`.
/// Fails if it cannot be written.
pub(crate) fn write(path: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    fs::create_dir_all(path.parent().context("the archive has no folder")?)?;
    let partial = path.with_extension("partial");
    let mut zip = ZipWriter::new(File::create(&partial)?);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(PERMISSIONS);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    zip.finish()?;
    fs::rename(&partial, path).with_context(|| format!("cannot write {}", path.display()))
}

/// Unpacks the archive into a folder.
/// Fails if it is no zip archive, or the folder cannot be written.
pub(super) fn unpack(path: &Path, dir: &Path) -> Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    ZipArchive::new(file)?.extract(dir).with_context(|| format!("cannot unpack {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_make_the_same_bytes_and_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let files = BTreeMap::from([
            ("addons/x/b.txt".to_owned(), b"bee".repeat(1000)),
            ("addons/x/a.txt".to_owned(), b"a".to_vec()),
        ]);
        let archives = ["first.zip", "second.zip"].map(|name| dir.path().join(name));
        for archive in &archives {
            write(archive, &files).unwrap();
        }
        assert_eq!(fs::read(&archives[0]).unwrap(), fs::read(&archives[1]).unwrap());
        let mut zip = ZipArchive::new(File::open(&archives[0]).unwrap()).unwrap();
        let names: Vec<_> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert_eq!(names, ["addons/x/a.txt", "addons/x/b.txt"]);
        let year = zip.by_index(0).unwrap().last_modified().unwrap().year();
        assert_eq!(year, 1980);
        unpack(&archives[1], &dir.path().join("out")).unwrap();
        assert_eq!(fs::read(dir.path().join("out/addons/x/b.txt")).unwrap(), b"bee".repeat(1000));
    }
}
