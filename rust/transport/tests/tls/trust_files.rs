//! Files of trusted certificates, with blocks in them that are none.

use super::identity::{ec_key, named, self_signed, trusting_pem, verdict};

#[test]
fn one_broken_block_does_not_take_the_others_along() {
    let good = self_signed(&named("localhost"), &ec_key());
    let other = self_signed(&named("elsewhere.example"), &ec_key()).chain;
    let not_base64 = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let no_start = "-----BEGIN CERTIFICATE---\nAAAA\n-----END CERTIFICATE-----\n";
    let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    for broken in [not_base64, no_certificate, no_start] {
        let file = format!("# a comment\n{other}{broken}{}", good.chain);
        assert_eq!(verdict(&good, trusting_pem(&file)), Ok(()), "{broken}");
    }
    assert_eq!(verdict(&good, trusting_pem(&(good.chain.clone() + cut))), Ok(()));
}

#[test]
fn a_file_with_nothing_else_is_refused_in_words() {
    use rust_websocket_transport::error::{CloseCause, TlsConfigError};

    let refusal = |file: &str| {
        let url = rust_websocket_transport::wire::url::Url::parse("wss://localhost:1").unwrap();
        let settings = rust_websocket_transport::config::Settings::default();
        let client = rust_websocket_transport::game::Client::connect(
            url,
            settings,
            trusting_pem(file),
            std::time::Instant::now(),
        );
        client.map(drop).unwrap_err()
    };
    assert_eq!(refusal(""), CloseCause::TlsConfig(TlsConfigError::NoCertificate));
    let broken = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    let words = "it is not base64".to_owned();
    assert_eq!(refusal(broken), CloseCause::TlsConfig(TlsConfigError::Certificate(words)));
}
