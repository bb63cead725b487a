//! `wss://`: who is believed, who is not and why, with either class on either end.

use std::path::Path;

use anyhow::Result;
use integration_tests::{
    Class, Scenario, Since, Stage,
    certificates::{Authority, Identity, Key, Server, Validity, trust},
    raw::RawSocket,
};

/// What the built-in class says when a handshake comes to nothing; often on both sides, as they tell each other.
const BUILTIN_COMPLAINT: &str = "TLS handshake error|error: -|mbedtls|Invalid status code|Invalid response|Not enough|\
    Missing or invalid header|Invalid protocol";

/// A server with the kind of key that most have.
const RSA: Server = Server { host: "localhost", key: Key::Rsa, validity: Validity::Now };

const UNSAFE: Since = Since::godot_4(4, "`TLSOptions.client_unsafe()` still verifies");

/// A client with this trust gets in at a server with such a certificate.
fn gets_in(server: Server, trusts: &str) -> Scenario {
    join(trusts).files(move |files| issued(files, server)).option("outcome", "in")
}

/// A client with this trust does not, and our class says why.
fn stays_out(server: Server, trusts: &str, message: &str) -> Scenario {
    refused(trusts, message).files(move |files| issued(files, server))
}

fn refused(trusts: &str, message: &str) -> Scenario {
    join(trusts)
        .option("outcome", "out")
        .option("message", message)
        .may_say_as(Class::Builtin, "server", BUILTIN_COMPLAINT)
        .may_say_as(Class::Builtin, "client", BUILTIN_COMPLAINT)
}

fn join(trusts: &str) -> Scenario {
    let scenario = Scenario::new("tls/join", &["server", "client"]).option("trust", trusts);
    if trusts.starts_with("anybody") { scenario.measured_since(UNSAFE) } else { scenario }
}

/// A certificate for the server by an authority that the client may trust.
fn issued(files: &Path, server: Server) -> Result<()> {
    let root = Authority::root("The Root")?;
    root.issue(server)?.write(files)?;
    trust(files, &root.pem())
}

fn chain() -> Result<(Authority, Identity)> {
    let root = Authority::root("The Root")?;
    let middle = Authority::under("The Middle", &root)?;
    let mut identity = middle.issue(Server::default())?;
    identity.certificates += &middle.pem();
    Ok((root, identity))
}

/// A certificate with another one between it and the root.
fn chained(files: &Path) -> Result<()> {
    let (root, identity) = chain()?;
    identity.write(files)?;
    trust(files, &root.pem())
}

/// A file of trusted certificates in which the right one is the second.
fn bundled(files: &Path) -> Result<()> {
    let root = Authority::root("The Root")?;
    root.issue(Server::default())?.write(files)?;
    trust(files, &(Authority::root("Another Root")?.pem() + &root.pem()))
}

/// The same with authorities that say what their keys are for, as public ones do. The engine shows no client these.
fn bundled_authorities(files: &Path) -> Result<()> {
    let root = Authority::signing_only("The Root")?;
    root.issue(Server::default())?.write(files)?;
    trust(files, &(Authority::signing_only("Another Root")?.pem() + &root.pem()))
}

/// So many that no server could show them.
fn bundled_many(files: &Path) -> Result<()> {
    let root = Authority::root("The Root")?;
    root.issue(Server::default())?.write(files)?;
    let mut bundle = String::new();
    for number in 0..60 {
        bundle += &Authority::root(&format!("Another Root {number}"))?.pem();
    }
    trust(files, &(bundle + &root.pem()))
}

/// A server that the authorities in the bundle do not know.
fn strange_to(bundle: fn(&Path) -> Result<()>) -> impl Fn(&Path) -> Result<()> {
    move |files| {
        bundle(files)?;
        Authority::root("The Root")?.issue(Server::default())?.write(files)
    }
}

mod believed {
    use super::*;

    scenario!(
        /// A key on a curve of 256 bits.
        p256,
        pairs,
        gets_in(Server::default(), "chain")
    );

    scenario!(
        /// A key on a curve of 384 bits.
        p384,
        pairs,
        gets_in(Server { key: Key::P384, ..Server::default() }, "chain")
    );

    scenario!(
        /// An RSA key.
        rsa,
        pairs,
        gets_in(RSA, "chain")
    );

    scenario!(
        /// A certificate that the server reads from a string, as one that is no file.
        from_text,
        pairs,
        gets_in(Server::default(), "chain as text").option("certificate", "text")
    );

    scenario!(
        /// A chain that the server loads as a resource.
        chain,
        pairs,
        join("chain").files(chained).option("outcome", "in")
    );

    scenario!(
        /// A file of trusted certificates that the client loads as a resource.
        bundle,
        pairs,
        join("chain").files(bundled).option("outcome", "in")
    );

    scenario!(
        /// A chain that the server reads from a string.
        chain_from_text,
        pairs,
        join("chain").files(chained).option("certificate", "text").option("outcome", "in")
    );

    scenario!(
        /// A chain in a file that holds another one by the time it is needed.
        chain_from_changed_file,
        pairs,
        join("chain").files(chained).option("certificate", "changed file").option("outcome", "in")
    );

    scenario!(
        /// Trusted certificates that the client reads from a string.
        bundle_from_text,
        pairs,
        join("chain as text").files(bundled).option("outcome", "in")
    );

    scenario!(
        /// Trusted authorities whose keys are for signing certificates only.
        bundle_of_authorities,
        pairs,
        join("chain as text").files(bundled_authorities).option("outcome", "in")
    );

    scenario!(
        /// The same, whatever the server is called.
        bundle_of_authorities_for_anybody,
        pairs,
        join("anybody of chain").files(bundled_authorities).option("outcome", "in")
    );

    scenario!(
        /// Trusted certificates of more than 16 KiB.
        large_bundle,
        pairs,
        join("chain as text").files(bundled_many).option("outcome", "in")
    );

    scenario!(
        /// A trusted file in which one block is no certificate.
        bundle_override_with_a_broken_block,
        ours,
        join("bundle")
            .files(|files| {
                bundled(files)?;
                let whole = std::fs::read_to_string(files.join("trusted.crt"))?;
                let broken = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
                trust(files, &format!("{broken}{whole}"))
            })
            .option("outcome", "in")
            .says_as(Class::Ours, "client", "WARNING: .*trusted certificate 1 is passed over: it is not base64")
            .incomparable("the built-in class reads the setting only when the engine starts")
    );

    scenario!(
        /// A certificate made by the engine anew, with the key and the name of the one that is trusted.
        made_by_godot_again,
        pairs,
        gets_in(RSA, "chain myserver").option("certificate", "godot again").option("subject", "CN=myserver,O=myorganisation,C=IT")
    );

    scenario!(
        /// The project setting that names the trusted certificates.
        bundle_override,
        ours,
        join("bundle")
            .files(bundled)
            .option("outcome", "in")
            .incomparable("the built-in class reads the setting only when the engine starts")
    );

    scenario!(
        /// A certificate made by the engine, which has no name but the common one.
        made_by_godot,
        pairs,
        gets_in(RSA, "chain myserver").option("certificate", "godot").option("subject", "CN=myserver,O=myorganisation,C=IT")
    );

    scenario!(
        /// The same with a name that no host can have. A built-in client tells our server that name in its hello, and
        /// rustls hears no such name; ours keeps it to itself.
        made_by_godot_for_people,
        both,
        gets_in(RSA, "chain My Game").option("certificate", "godot").option("subject", "CN=My Game,O=My Company,C=IT")
    );

    scenario!(
        /// The same, for who does not ask for a name.
        made_by_godot_without_name,
        pairs,
        gets_in(RSA, "anybody of chain").option("certificate", "godot").option("subject", "CN=anything,O=anybody,C=IT")
    );

    scenario!(
        /// A server that is called by another name than its certificate has.
        name_override,
        pairs,
        gets_in(Server { host: "game.example", ..Server::default() }, "chain game.example")
    );

    scenario!(
        /// Any name, as long as the issuer is trusted.
        anybody_of_chain,
        pairs,
        gets_in(Server { host: "elsewhere.example", ..Server::default() }, "anybody of chain")
    );

    scenario!(
        /// Anybody at all: unknown, misnamed and expired.
        anybody,
        pairs,
        gets_in(Server { host: "elsewhere.example", validity: Validity::Past, ..Server::default() }, "anybody")
    );
}

mod not_believed {
    use super::*;

    scenario!(
        /// A private authority, for who trusts what everybody trusts by default.
        without_options,
        pairs,
        stays_out(Server::default(), "nothing", "not from a trusted issuer")
    );

    scenario!(
        /// The same, said with options.
        by_roots,
        pairs,
        stays_out(Server::default(), "roots", "not from a trusted issuer")
    );

    scenario!(
        /// An authority that the client does not know.
        unknown_issuer,
        pairs,
        refused("chain", "not from a trusted issuer").files(|files| {
            issued(files, Server::default())?;
            trust(files, &Authority::root("Another Root")?.pem())
        })
    );

    scenario!(
        /// The same, for who would take any name.
        unknown_issuer_of_any_name,
        pairs,
        refused("anybody of chain", "not from a trusted issuer").files(|files| {
            issued(files, Server::default())?;
            trust(files, &Authority::root("Another Root")?.pem())
        })
    );

    scenario!(
        /// An authority that is not in a file of several.
        unknown_issuer_to_bundle,
        pairs,
        refused("chain as text", "not from a trusted issuer").files(strange_to(bundled))
    );

    scenario!(
        /// The same, where the engine has to be asked.
        unknown_issuer_to_bundle_of_authorities,
        pairs,
        refused("chain as text", "not from a trusted issuer").files(strange_to(bundled_authorities))
    );

    scenario!(
        /// Another name, where the engine has to be asked.
        wrong_name_to_bundle_of_authorities,
        pairs,
        refused("chain game.example", "for another host name").files(bundled_authorities)
    );

    scenario!(
        /// A certificate for another host.
        wrong_name,
        pairs,
        stays_out(Server { host: "elsewhere.example", ..Server::default() }, "chain", "for another host name")
    );

    scenario!(
        /// A certificate that has the host's name, and not the one that was asked for instead.
        wrong_override,
        pairs,
        stays_out(Server::default(), "chain game.example", "for another host name")
    );

    scenario!(
        /// A certificate made by the engine, called by the host's name.
        made_by_godot_wrong_name,
        pairs,
        stays_out(RSA, "chain", "for another host name").option("certificate", "godot").option("subject", "CN=myserver,O=myorganisation,C=IT")
    );

    scenario!(
        /// A certificate past its last day.
        expired,
        pairs,
        stays_out(Server { validity: Validity::Past, ..Server::default() }, "chain", "has expired")
    );

    scenario!(
        /// A certificate before its first day.
        not_yet,
        pairs,
        stays_out(Server { validity: Validity::Future, ..Server::default() }, "chain", "not valid yet")
    );

    scenario!(
        /// A chain without its middle.
        torn_chain,
        pairs,
        refused("chain", "not from a trusted issuer").files(|files| {
            let root = Authority::root("The Root")?;
            Authority::under("The Middle", &root)?.issue(Server::default())?.write(files)?;
            trust(files, &root.pem())
        })
    );
}

mod not_met {
    use super::*;

    scenario!(
        /// A client that speaks plainly to a port of TLS. Ours is answered in plain HTTP by our server, and hung up on by
        /// the built-in one.
        plain_on_tls,
        pairs,
        stays_out(Server::default(), "nothing", "HTTP 400|the connection was lost")
            .option("scheme", "ws")
            .option("code", "-1")
    );

    scenario!(
        /// A client that speaks TLS to a plain port. The built-in server waits for more.
        tls_on_plain,
        pairs,
        stays_out(Server::default(), "anybody", "does not speak TLS on this port|longer than handshake_timeout")
            .option("certificate", "none")
            .option("timeout", "1")
    );

    scenario!(
        /// A server that accepts and says nothing.
        silent_server,
        both,
        Scenario::new("why/fails", &["client"])
            .option("scheme", "wss")
            .option("timeout", "0.3")
            .option("code", "-1")
            .option("message", "longer than handshake_timeout")
            .with("server", |stage: &Stage| {
                let server = integration_tests::raw::RawServer::listen(stage)?;
                let mut peer = server.accept(stage)?;
                peer.read_to_end().map(drop)
            })
    );
}

/// Connections to a port of TLS that do this first and then wait until the real client has been served.
fn among(count: usize, first_words: &'static [u8]) -> Scenario {
    gets_in(Server::default(), "chain")
        .may_say_as(Class::Builtin, "server", BUILTIN_COMPLAINT)
        .with("others", move |stage: &Stage| {
            let port = stage.wait_for_port("server")?;
            let mut others = Vec::new();
            for _ in 0..count {
                let mut other = RawSocket::connect_to(port)?;
                other.send(first_words)?;
                others.push(other);
            }
            stage.leave("others are here", "")?;
            stage.wait_for("talked.client").map(drop)
        })
        .option("after", "others are here")
}

scenario!(
    /// Fifty connections that never say a word hold up nobody.
    among_the_silent,
    pairs,
    among(50, b"")
);

scenario!(
    /// Ten that talk nonsense hold up nobody either.
    among_the_confused,
    pairs,
    among(10, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
);
