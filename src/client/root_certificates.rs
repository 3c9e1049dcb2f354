//! `with_roots`: reads the certificates that a caller gives in PEM form.

use reqwest::ClientBuilder as HttpBuilder;

use super::base_url::BaseUrl;
use crate::error::{Error, Result};

const BAD_ROOT: &str = "root_certificate_pem was given no valid certificate in PEM form";

#[cfg(any(feature = "rustls", feature = "native-tls"))]
const IS_DER: &str = "it seems to be in DER form: convert it with `openssl x509 -inform der`";

#[cfg(any(feature = "rustls", feature = "native-tls"))]
const BEGIN_LINE: &str = "each must begin with the line '-----BEGIN CERTIFICATE-----', without \
                          indentation and without 'TRUSTED'";

/// The error for a certificate that cannot be used.
pub(super) fn bad_root() -> Error {
    Error::invalid(BAD_ROOT)
}

/// Adds these certificates to those of the system.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
pub(super) fn with_roots(
    builder: HttpBuilder,
    base: &BaseUrl,
    roots: &[Vec<u8>],
) -> Result<HttpBuilder> {
    let mut certificates = Vec::new();
    for pem in roots {
        certificates.extend(read(pem)?);
    }
    Ok(if base.https {
        builder.tls_certs_merge(certificates)
    } else {
        // The simulator uses plain http, so it works without root certificates.
        builder.tls_certs_only([])
    })
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(super) fn with_roots(
    builder: HttpBuilder,
    base: &BaseUrl,
    roots: &[Vec<u8>],
) -> Result<HttpBuilder> {
    let what = match (base.https, roots) {
        (true, _) => "an https base URL needs",
        (false, []) => return Ok(builder),
        (false, _) => "a root certificate needs",
    };
    let message = format!("{what} the feature 'rustls' or 'native-tls' of heygen-videos");
    Err(Error::invalid(message))
}

/// Reads all certificates of a file.
///
/// The parser skips what it does not recognise, such as an indented certificate. A certificate that
/// is silently missing would be noticed only when a server is refused, so it is an error here.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn read(pem: &[u8]) -> Result<Vec<reqwest::Certificate>> {
    // In a file that was joined from several, each part may begin with a byte order mark.
    let text = String::from_utf8_lossy(pem).replace('\u{feff}', "");
    let certificates = reqwest::Certificate::from_pem_bundle(text.as_bytes());
    let certificates = certificates.map_err(|_| bad_root())?;
    match (certificates.len(), begun(&text)) {
        // A certificate in DER form begins with this byte.
        (0, 0) if pem.first() == Some(&0x30) => Err(bad_root().with_remark(IS_DER)),
        (0, 0) => Err(bad_root()),
        (0, _) => Err(bad_root().with_remark(BEGIN_LINE)),
        (read, begun) if read < begun => {
            let what = format!(
                "only {read} of the {begun} certificates given to root_certificate_pem can be read"
            );
            Err(Error::invalid(what).with_remark(BEGIN_LINE))
        }
        _ => Ok(certificates),
    }
}

/// How many certificates begin in a text, with any label and at any place in a line.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn begun(text: &str) -> usize {
    let labels = text.split("-----BEGIN ").skip(1);
    let labels = labels.filter_map(|after| Some(after.split_once("-----")?.0));
    labels.filter(|label| label.ends_with("CERTIFICATE")).count()
}

#[cfg(test)]
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod tests {
    use super::*;

    fn certificate() -> (String, Vec<u8>) {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        (certificate.pem(), certificate.der().to_vec())
    }

    #[test]
    fn every_certificate_of_a_file_is_read() {
        let (pem, _) = certificate();
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for (text, count) in [
            (pem.clone(), 1),
            (pem.repeat(3), 3),
            (format!("\u{feff}{pem}"), 1),
            (format!("\u{feff}{pem}\u{feff}{pem}"), 2),
            (pem.replace('\n', "\r\n").repeat(2), 2),
            (format!("# BEGIN CERTIFICATE of a company\n{pem}"), 1),
            (format!("{key}{pem}"), 1),
            (pem.trim_end().to_owned(), 1),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap().len(), count, "{text}");
        }
    }

    #[test]
    fn a_certificate_that_would_be_left_out_is_an_error() {
        let (pem, _) = certificate();
        let trusted = pem.replace(" CERT", " TRUSTED CERT");
        let indented: String = pem.lines().map(|line| format!("  {line}\n")).collect();
        for skipped in [trusted, indented, pem.replace(" CERT", " X509 CERT")] {
            for (text, says) in [
                (format!("{pem}{skipped}"), "only 1 of the 2 certificates"),
                (format!("{skipped}{pem}"), "only 1 of the 2 certificates"),
                (skipped.clone(), "no valid certificate in PEM form; each must begin"),
            ] {
                let error = read(text.as_bytes()).unwrap_err().to_string();
                assert!(error.contains(says), "{text}: {error}");
            }
        }
    }

    #[test]
    fn a_certificate_in_der_form_is_an_error_that_says_how_to_convert_it() {
        let (_, der) = certificate();
        let error = read(&der).unwrap_err().to_string();
        assert!(error.contains(BAD_ROOT) && error.contains("openssl x509"), "{error}");
        // Text before a certificate may begin with the same byte.
        let (pem, _) = certificate();
        assert_eq!(read(format!("0 s:CN = company\n{pem}").as_bytes()).unwrap().len(), 1);
    }
}
