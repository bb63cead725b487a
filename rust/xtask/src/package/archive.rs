//! The zip archive: the same files make the same bytes, whenever and wherever it is written.

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
///
/// # Errors
///
/// If it cannot be written.
pub(crate) fn write(path: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let dir = path.parent().context("the archive has no folder")?;
    fs::create_dir_all(dir)?;
    let partial = tempfile::Builder::new().prefix(".partial-").tempfile_in(dir)?;
    let mut zip = ZipWriter::new(partial.as_file());
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(PERMISSIONS);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    zip.finish()?;
    make_readable(partial.as_file())?;
    partial.persist(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

/// Unpacks the archive into a folder.
///
/// # Errors
///
/// If it is no zip archive, or the folder cannot be written.
pub(super) fn unpack(path: &Path, dir: &Path) -> Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    ZipArchive::new(file)?.extract(dir).with_context(|| format!("cannot unpack {}", path.display()))
}

/// Temporary files are for their owner alone; a package is for everybody.
#[cfg(unix)]
fn make_readable(file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.set_permissions(fs::Permissions::from_mode(PERMISSIONS))?)
}

#[cfg(not(unix))]
fn make_readable(_file: &File) -> Result<()> {
    Ok(())
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
