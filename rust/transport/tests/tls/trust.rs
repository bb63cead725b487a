//! Who vouches for whom: trusted certificates that may sign others, and those that may not; names; renewals.

use rcgen::{
    BasicConstraints, CertifiedIssuer, CustomExtension, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyUsagePurpose,
    NameConstraints, SanType, date_time_ymd,
};
use rust_websocket_transport::error::{CloseCause, TlsConfigError, TlsError};
use rust_websocket_transport::stream::tls::client::{ClientTls, Roots};
use rustls::version::{TLS12, TLS13};

use super::der::{self_signed_version_1, version_1};
use super::identity::{
    Identity, authority, ec_key, like_a_root, like_godots, named, self_signed, signed, trusting, trusting_pem, verdict,
    verdict_at,
};
use super::{der, raw_server};

fn refused(error: TlsError) -> Result<(), CloseCause> {
    Err(CloseCause::Tls(error))
}

#[test]
fn a_trusted_server_vouches_for_nobody_else() {
    // One that is no authority, as a public server's is, and one that is called so by mistake in nothing but its name.
    let leaf = authority(named("localhost"));
    let forged = signed(&named("localhost"), &leaf);
    assert_eq!(verdict(&forged, trusting_pem(&leaf.pem())), refused(TlsError::UnknownIssuer));
    // It may still be the server itself.
    let itself = Identity { chain: leaf.pem(), key: leaf.key().serialize_pem() };
    assert_eq!(verdict(&itself, trusting(&itself)), Ok(()));
}

#[test]
fn an_authority_whose_key_is_not_for_signing_certificates_vouches_for_nobody() {
    let mut params = like_a_root("The Root");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let root = authority(params);
    let issued = signed(&named("localhost"), &root);
    assert_eq!(verdict(&issued, trusting_pem(&root.pem())), refused(TlsError::UnknownIssuer));

    let mut params = like_a_root("The Root");
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root = authority(params);
    let issued = signed(&named("localhost"), &root);
    assert_eq!(verdict(&issued, trusting_pem(&root.pem())), Ok(()));
}

#[test]
fn an_authority_does_not_outlive_its_last_day() {
    let mut params = like_a_root("The Root");
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2001, 1, 1);
    let past = authority(params.clone());
    let issued = signed(&named("localhost"), &past);
    assert_eq!(verdict(&issued, trusting_pem(&past.pem())), refused(TlsError::Expired));
    params.not_before = date_time_ymd(4000, 1, 1);
    params.not_after = date_time_ymd(4001, 1, 1);
    let future = authority(params);
    let issued = signed(&named("localhost"), &future);
    assert_eq!(verdict(&issued, trusting_pem(&future.pem())), refused(TlsError::NotValidYet));
}

#[test]
fn of_two_editions_of_an_authority_the_valid_one_counts() {
    let key = ec_key();
    let mut params = like_a_root("The Root");
    let new = params.self_signed(&key).unwrap();
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2001, 1, 1);
    let old = CertifiedIssuer::self_signed(params, key).unwrap();
    let issued = signed(&named("localhost"), &old);
    let both = trusting_pem(&(old.pem() + &new.pem()));
    assert_eq!(verdict(&issued, both), Ok(()));
}

#[test]
fn an_authority_is_held_to_the_number_of_others_below_it() {
    let root = authority(like_godots("The Root"));
    let middle = CertifiedIssuer::signed_by(like_a_root("The Middle"), ec_key(), &root).unwrap();
    let direct = signed(&named("localhost"), &root);
    assert_eq!(verdict(&direct, trusting_pem(&root.pem())), Ok(()));
    let mut indirect = signed(&named("localhost"), &middle);
    indirect.chain += &middle.pem();
    let outcome = verdict(&indirect, trusting_pem(&root.pem()));
    assert!(matches!(outcome, Err(CloseCause::Tls(TlsError::Certificate(_)))), "{outcome:?}");
}

#[test]
fn a_version_1_certificate_is_trusted_as_it_is_and_vouches_for_nobody() {
    let key = ec_key();
    let old = self_signed_version_1("localhost", &key);
    for version in [&TLS12, &TLS13] {
        let outcome = raw_server::verdict(vec![old.clone()], &key, version, trusting_pem(&der::pem(&old)));
        assert_eq!(outcome, Ok(()));
        // Whoever has only the certificate is not believed.
        let thief = raw_server::verdict(vec![old.clone()], &ec_key(), version, trusting_pem(&der::pem(&old)));
        assert_eq!(thief, refused(TlsError::UnknownIssuer));
    }
    let mut params = like_a_root("localhost");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // The same name and key, as an authority only in the thief's eyes.
    let forger = CertifiedIssuer::self_signed(params, key).unwrap();
    let forged = signed(&named("localhost"), &forger);
    assert_eq!(verdict(&forged, trusting_pem(&der::pem(&old))), refused(TlsError::UnknownIssuer));
}

#[test]
fn a_version_1_certificate_of_a_trusted_issuer_is_refused_in_words() {
    let root = authority(like_a_root("The Root"));
    let key = ec_key();
    let issued = version_1("localhost", "The Root", &rcgen::PublicKeyData::subject_public_key_info(&key), root.key());
    let outcome = raw_server::verdict(vec![issued], &key, &TLS13, trusting_pem(&root.pem()));
    let words = outcome.unwrap_err().to_string();
    assert!(words.contains("version 1"), "{words}");
}

#[test]
fn a_server_that_is_marked_as_an_authority_is_believed_if_a_trusted_one_signed_it() {
    let root = authority(like_a_root("The Root"));
    let mut params = named("localhost");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let direct = signed(&params, &root);
    assert_eq!(verdict(&direct, trusting_pem(&root.pem())), Ok(()));
    let middle = CertifiedIssuer::signed_by(like_a_root("The Middle"), ec_key(), &root).unwrap();
    let mut indirect = signed(&params, &middle);
    assert_eq!(verdict(&indirect, trusting_pem(&root.pem())), refused(TlsError::UnknownIssuer));
    indirect.chain += &middle.pem();
    assert_eq!(verdict(&indirect, trusting_pem(&root.pem())), Ok(()));
    assert_eq!(verdict_at("127.0.0.1", &direct, trusting_pem(&root.pem())), refused(TlsError::WrongName));
}

#[test]
fn such_a_server_is_held_to_everything_else() {
    let root = authority(like_a_root("The Root"));
    let trust = || trusting_pem(&root.pem());
    let mut marked = named("localhost");
    marked.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);

    let stranger = authority(like_a_root("The Root"));
    assert_eq!(verdict(&signed(&marked, &stranger), trust()), refused(TlsError::UnknownIssuer));

    let mut params = marked.clone();
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2001, 1, 1);
    assert_eq!(verdict(&signed(&params, &root), trust()), refused(TlsError::Expired));

    let mut params = marked.clone();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let outcome = verdict(&signed(&params, &root), trust());
    assert!(matches!(outcome, Err(CloseCause::Tls(TlsError::Certificate(_)))), "{outcome:?}");

    // In between: one that may not sign, one that is past, one that limits names, one with room for nobody below it.
    let mut leaf = named("The Middle");
    leaf.is_ca = IsCa::ExplicitNoCa;
    let mut past = like_a_root("The Middle");
    past.not_before = date_time_ymd(2000, 1, 1);
    past.not_after = date_time_ymd(2001, 1, 1);
    let mut limited = like_a_root("The Middle");
    limited.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("example.com".to_owned())],
        excluded_subtrees: Vec::new(),
    });
    for (params, error) in
        [(leaf, TlsError::UnknownIssuer), (past, TlsError::Expired), (limited, TlsError::UnknownIssuer)]
    {
        let middle = CertifiedIssuer::signed_by(params, ec_key(), &root).unwrap();
        let mut identity = signed(&marked, &middle);
        identity.chain += &middle.pem();
        assert_eq!(verdict(&identity, trust()), refused(error));
    }
    let narrow = authority(like_godots("The Narrow Root"));
    let middle = CertifiedIssuer::signed_by(like_a_root("The Middle"), ec_key(), &narrow).unwrap();
    let mut identity = signed(&marked, &middle);
    identity.chain += &middle.pem();
    assert_eq!(verdict(&identity, trusting_pem(&narrow.pem())), refused(TlsError::UnknownIssuer));
}

#[test]
fn a_search_among_many_of_the_same_name_comes_to_an_end() {
    let root = authority(like_a_root("The Root"));
    let mut marked = named("localhost");
    marked.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let stranger = authority(like_a_root("One Of Many"));
    let mut identity = signed(&marked, &stranger);
    for _ in 0..40 {
        identity.chain += &authority(like_a_root("One Of Many")).pem();
    }
    assert_eq!(verdict(&identity, trusting_pem(&root.pem())), refused(TlsError::UnknownIssuer));
}

#[test]
fn a_renewed_certificate_is_believed_by_those_who_have_the_old_one() {
    let key = ec_key();
    let mut params = like_godots("localhost");
    let old = params.self_signed(&key).unwrap();
    params.serial_number = Some(7u64.into());
    let new = self_signed(&params, &key);
    assert_eq!(verdict(&new, trusting_pem(&old.pem())), Ok(()));
    assert_eq!(verdict_at("127.0.0.1", &new, trusting_pem(&old.pem())), refused(TlsError::WrongName));
    // Another key under the same name is somebody else.
    let other = self_signed(&params, &ec_key());
    assert_eq!(verdict(&other, trusting_pem(&old.pem())), refused(TlsError::UnknownIssuer));
    // And the old one does not outlive its last day in the new one.
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2001, 1, 1);
    let past = params.self_signed(&key).unwrap();
    assert_eq!(verdict(&new, trusting_pem(&past.pem())), refused(TlsError::Expired));
}

#[test]
fn common_names_count_for_those_alone_who_are_trusted_themselves() {
    let root = authority(like_a_root("The Root"));
    let mut params = named("localhost");
    params.subject_alt_names.clear();
    let issued = signed(&params, &root);
    assert_eq!(verdict(&issued, trusting_pem(&root.pem())), refused(TlsError::WrongName));
    assert_eq!(verdict(&issued, trusting(&issued)), Ok(()));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let marked = signed(&params, &root);
    assert_eq!(verdict(&marked, trusting_pem(&root.pem())), refused(TlsError::WrongName));
}

#[test]
fn a_limited_authority_does_not_get_around_its_limits_by_common_names() {
    let mut params = like_a_root("The Limited");
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("example.com".to_owned())],
        excluded_subtrees: Vec::new(),
    });
    let root = authority(params);
    let mut params = named("localhost");
    params.subject_alt_names.clear();
    assert!(verdict(&signed(&params, &root), trusting_pem(&root.pem())).is_err());
    assert!(verdict(&signed(&named("localhost"), &root), trusting_pem(&root.pem())).is_err());
}

#[test]
fn broken_alternative_names_are_no_absence_of_them() {
    let mut params = like_godots("localhost");
    // subjectAltName, with a name that is longer than all of it.
    let broken = CustomExtension::from_oid_content(&[2, 5, 29, 17], vec![0x30, 0x03, 0x82, 0x7f, b'a']);
    params.custom_extensions = vec![broken];
    let identity = self_signed(&params, &ec_key());
    let outcome = verdict(&identity, trusting(&identity));
    assert!(matches!(outcome, Err(CloseCause::Tls(TlsError::Certificate(_) | TlsError::WrongName))), "{outcome:?}");
    // Nor are those of another kind.
    let mut params = like_godots("localhost");
    params.subject_alt_names = vec![SanType::Rfc822Name("somebody@example.com".try_into().unwrap())];
    let identity = self_signed(&params, &ec_key());
    assert_eq!(verdict(&identity, trusting(&identity)), refused(TlsError::WrongName));
}

#[test]
fn a_wildcard_is_no_part_of_an_address() {
    let stars = self_signed(&like_godots("*.0.0.1"), &ec_key());
    assert_eq!(verdict_at("127.0.0.1", &stars, trusting(&stars)), refused(TlsError::WrongName));
    let address = self_signed(&like_godots("127.0.0.1"), &ec_key());
    assert_eq!(verdict_at("127.0.0.1", &address, trusting(&address)), Ok(()));
}

/// Asks for a name, with what is trusted.
fn called(name: &str, roots: Roots) -> ClientTls {
    ClientTls { roots: Some(roots), name_override: Some(name.to_owned()), ..ClientTls::default() }
}

/// Whether such options are taken at all.
fn taken(trust: ClientTls) -> Result<(), CloseCause> {
    use std::time::Instant;

    use rust_websocket_transport::config::Settings;
    use rust_websocket_transport::game::Client;
    use rust_websocket_transport::wire::url::Url;
    let url = Url::parse("wss://localhost:1").unwrap();
    Client::connect(url, Settings::default(), trust, Instant::now()).map(drop)
}

#[test]
fn an_override_that_nobody_can_be_called_is_refused() {
    let no_name = |name: &str| Err(CloseCause::TlsConfig(TlsConfigError::NameOverride(name.to_owned())));
    let godots = self_signed(&like_godots("My Game"), &ec_key());
    assert_eq!(taken(called("My Game", Roots::WebPki)), no_name("My Game"));
    assert_eq!(taken(called("Your Game", Roots::Pem(godots.chain.clone()))), no_name("Your Game"));
    assert_eq!(taken(called("game.example", Roots::WebPki)), Ok(()));
    assert_eq!(verdict(&godots, called("My Game", Roots::Pem(godots.chain.clone()))), Ok(()));
    // One that has alternative names is called by these.
    let mut params = like_godots("My Game");
    params.subject_alt_names = vec![SanType::DnsName("localhost".try_into().unwrap())];
    let modern = self_signed(&params, &ec_key());
    assert_eq!(taken(called("My Game", Roots::Pem(modern.chain.clone()))), no_name("My Game"));
    let both = modern.chain.clone() + &godots.chain;
    assert_eq!(verdict(&modern, called("My Game", Roots::Pem(both))), refused(TlsError::WrongName));
}
