//! A Unix socket that a server listens on, and its file: what an earlier process has left is cleared away, and what is ours goes
//! with us.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use mio::net::{UnixListener, UnixStream};

use crate::error::ListenError;

/// A listening Unix socket.
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    /// Its file, and which one that is; `None` if it is somebody else's.
    file: Option<(PathBuf, (u64, u64))>,
}

impl UnixSocket {
    /// Listens on a path, on which nobody else may listen.
    pub(super) fn bind(path: &Path) -> Result<Self, ListenError> {
        let failure = |source| ListenError::Path { path: path.to_owned(), source };
        let listener = match UnixListener::bind(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                remove_stale(path)?;
                UnixListener::bind(path)
            }
            other => other,
        };
        let listener = listener.map_err(failure)?;
        let identity = identity(path).map_err(failure)?;
        Ok(Self { listener, file: Some((path.to_owned(), identity)) })
    }

    /// Takes one that was opened elsewhere, whose file stays.
    pub(super) fn adopt(listener: UnixListener) -> Self {
        Self { listener, file: None }
    }

    pub(super) fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().map(|(stream, _)| stream)
    }

    pub(super) fn listener_mut(&mut self) -> &mut UnixListener {
        &mut self.listener
    }
}

impl Drop for UnixSocket {
    fn drop(&mut self) {
        // Another server may have put its own there meanwhile.
        if let Some((path, own)) = &self.file
            && identity(path).is_ok_and(|there| there == *own)
            && let Err(error) = fs::remove_file(path)
        {
            log::warn!("the socket {} could not be removed: {error}", path.display());
        }
    }
}

/// Which file is there.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|data| (data.dev(), data.ino()))
}

/// Removes a socket on which nobody listens any more, and nothing else.
fn remove_stale(path: &Path) -> Result<(), ListenError> {
    let failure = |source| ListenError::Path { path: path.to_owned(), source };
    if !fs::symlink_metadata(path).map_err(failure)?.file_type().is_socket() {
        return Err(ListenError::NoSocket { path: path.to_owned() });
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path).map_err(failure),
        _ => Err(failure(io::ErrorKind::AddrInUse.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_comes_and_goes_with_its_server_and_nothing_else_does() {
        let folder = std::env::temp_dir().join(format!("unix-socket-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("game.sock");
        let first = UnixSocket::bind(&path).unwrap();
        assert!(matches!(UnixSocket::bind(&path), Err(ListenError::Path { .. })), "somebody listens");
        drop(first);
        assert!(!path.exists());
        // As a process leaves it that was killed.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let second = UnixSocket::bind(&path).unwrap();
        // Somebody has put something else there.
        fs::remove_file(&path).unwrap();
        fs::write(&path, "precious").unwrap();
        drop(second);
        assert!(matches!(UnixSocket::bind(&path), Err(ListenError::NoSocket { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
        let too_long = UnixSocket::bind(&folder.join("x".repeat(200))).unwrap_err();
        let ListenError::Path { source, .. } = too_long else { panic!("{too_long:?}") };
        assert_eq!(source.kind(), io::ErrorKind::InvalidInput, "what the system said is not made up for");
        fs::remove_dir_all(&folder).unwrap();
    }
}
