//! Certificates that live: read from files, and renewed while a server runs.

use std::{fs, path::Path};

use anyhow::Result;
use integration_tests::{
    Class, Scenario,
    certificates::{Authority, Server, trust},
};

/// Two authorities, and a certificate of each: of the first one with another authority between.
fn two_pairs(files: &Path) -> Result<()> {
    let (old, new) = (Authority::root("The Old Root")?, Authority::root("The New Root")?);
    let middle = Authority::under("The Middle", &old)?;
    let mut identity = middle.issue(Server::default())?;
    identity.certificates += &middle.pem();
    identity.write(files)?;
    fs::write(files.join("old.crt"), &identity.certificates)?;
    fs::write(files.join("old.key"), &identity.key)?;
    let next = new.issue(Server::default())?;
    fs::write(files.join("next.crt"), &next.certificates)?;
    fs::write(files.join("next.key"), &next.key)?;
    fs::write(files.join("next_trusted.crt"), new.pem())?;
    trust(files, &old.pem())
}

scenario!(
    /// A certificate is renewed, broken, lost, and replaced by objects; whoever is connected notices nothing.
    rotation,
    ours,
    Scenario::solo("certificates/rotation")
        .incomparable("the built-in class keeps the certificate that it began with")
        .files(two_pairs)
        .says_as(Class::Ours, "solo", "this is no server that has its certificate from files")
        .says_as(
            Class::Ours,
            "solo",
            "the private key does not belong to the certificate; the server keeps the certificate that it has"
        )
        .says_as(Class::Ours, "solo", "the file of tls_key_file cannot be read: .*; the server keeps the certificate")
        .says_as(Class::Ours, "solo", "these TLS options are not a server's, make them with TLSOptions.server")
        .says_as(Class::Ours, "solo", "tls_certificate_file is set and tls_key_file is not: a server needs both")
        .says_as(Class::Ours, "solo", "tls_key_file is set and tls_certificate_file is not: a server needs both")
        .says_as(Class::Ours, "solo", "this is no server with TLS, which could have another certificate")
        .says_as(Class::Ours, "solo", "the file of tls_certificate_file cannot be read: res://nowhere.crt")
        .says_as(Class::Ours, "solo", "the file of tls_trusted_file cannot be read: user://nowhere.crt")
);
