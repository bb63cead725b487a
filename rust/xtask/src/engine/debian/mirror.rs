//! Which of the machine's apt sources are Debian mirrors, best guess first.
//!
//! A mirror carries every suite, so the one that serves the machine's own release serves ours too, under the same
//! keyring. A third party's repository may look much alike; it is tried later, and then simply lacks the suite.

use std::fs;
use std::path::Path;

use super::sources::Source;

/// How many mirrors are worth a try.
const MAX_TRIES: usize = 3;
/// Suites a Debian machine may name besides its codename.
const SUITE_NAMES: [&str; 6] = ["oldstable", "stable", "testing", "unstable", "sid", super::SUITE];

/// A mirror to fetch from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mirror {
    pub(super) uri: String,
    /// As in [`Source::signed_by`]; without it, apt trusts the machine's own keys.
    pub(super) signed_by: Option<String>,
}

/// Picks the mirrors among the machine's sources.
pub(super) fn of_machine(sources: &[Source], os_release: &Path) -> Vec<Mirror> {
    // Without the file nothing is known about the release, and only the well-known suites count.
    let release = fs::read_to_string(os_release).unwrap_or_default();
    among(sources, &Release::parse(&release))
}

fn among(sources: &[Source], release: &Release) -> Vec<Mirror> {
    let mut mirrors: Vec<Mirror> = sources
        .iter()
        .filter(|source| serves_a_release(source, release))
        .flat_map(|source| {
            source.uris.iter().map(|uri| Mirror { uri: uri.clone(), signed_by: source.signed_by.clone() })
        })
        // Another distribution's mirrors are of no use, and on its machines only the path tells.
        .filter(|mirror| release.is_debian || is_named_debian(&mirror.uri))
        .collect();
    mirrors.sort_by_key(|mirror| !is_named_debian(&mirror.uri));
    mirrors.dedup();
    mirrors.truncate(MAX_TRIES);
    mirrors
}

fn serves_a_release(source: &Source, release: &Release) -> bool {
    let is_release = |suite: &String| {
        SUITE_NAMES.contains(&suite.as_str()) || release.codename.as_ref().is_some_and(|codename| codename == suite)
    };
    source.components.iter().any(|component| component == "main") && source.suites.iter().any(is_release)
}

fn is_named_debian(uri: &str) -> bool {
    uri.trim_end_matches('/').ends_with("/debian")
}

/// What `/etc/os-release` says.
#[derive(Default)]
struct Release {
    is_debian: bool,
    codename: Option<String>,
}

impl Release {
    fn parse(text: &str) -> Self {
        let mut release = Self::default();
        for (name, value) in text.lines().filter_map(|line| line.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name {
                "ID" => release.is_debian = value == "debian",
                "VERSION_CODENAME" => release.codename = Some(value.to_owned()),
                _ => {}
            }
        }
        release
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOKWORM: &str = "ID=debian\nVERSION_CODENAME=bookworm\n";

    fn source(uri: &str, suite: &str, component: &str) -> Source {
        Source {
            uris: vec![uri.to_owned()],
            suites: vec![suite.to_owned()],
            components: vec![component.to_owned()],
            signed_by: Some("/k.gpg".to_owned()),
        }
    }

    fn uris(sources: &[Source], os_release: &str) -> Vec<String> {
        among(sources, &Release::parse(os_release)).into_iter().map(|mirror| mirror.uri).collect()
    }

    #[test]
    fn the_mirror_of_the_release_is_picked_once() {
        let sources = [
            source("http://mirror.example/debian", "bookworm", "main"),
            source("http://mirror.example/debian", "bookworm-updates", "main"),
            source("http://mirror.example/debian", "bookworm", "main"),
            source("http://mirror.example/debian-security", "bookworm-security", "main"),
        ];
        assert_eq!(uris(&sources, BOOKWORM), ["http://mirror.example/debian"]);
    }

    #[test]
    fn the_keyring_comes_along() {
        let sources = [source("http://mirror.example/debian", "stable", "main")];
        assert_eq!(among(&sources, &Release::parse(BOOKWORM))[0].signed_by.as_deref(), Some("/k.gpg"));
    }

    #[test]
    fn third_parties_come_last() {
        let sources = [
            source("https://tool.example/apt", "stable", "main"),
            source("https://docker.example/linux/debian", "bookworm", "stable"),
            source("http://mirror.example/debian/", "bookworm", "main"),
        ];
        assert_eq!(uris(&sources, BOOKWORM), ["http://mirror.example/debian/", "https://tool.example/apt"]);
    }

    #[test]
    fn a_local_mirror_may_have_any_path_on_debian() {
        let sources = [source("https://cache.example/pool", "bookworm", "main")];
        assert_eq!(uris(&sources, BOOKWORM), ["https://cache.example/pool"]);
    }

    #[test]
    fn another_distribution_has_none() {
        let os_release = "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n";
        let sources = [source("http://mirror.example/ubuntu", "noble", "main")];
        assert_eq!(uris(&sources, os_release), [""; 0]);
    }
}
