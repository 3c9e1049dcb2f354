//! `is_tls_refusal`: whether a TLS failure is permanent, because the two sides cannot agree.
//!
//! A certificate is refused every time, and so is a server without TLS or with another version of
//! it. A record that was damaged in transit is a lost connection, like any other.

use std::error::Error as StdError;

use super::error_layers::error_layers;

/// Whether the TLS handshake failed for a reason that the next connection will have, too.
pub(super) fn is_tls_refusal(error: &reqwest::Error) -> bool {
    let during_handshake = error.is_connect();
    error_layers(error).any(|layer| is_refusal(layer, during_handshake))
}

fn is_refusal(layer: &(dyn StdError + 'static), during_handshake: bool) -> bool {
    #[cfg(feature = "rustls")]
    if let Some(error) = layer.downcast_ref::<rustls::Error>() {
        return is_refusal_of_rustls(error, during_handshake);
    }
    #[cfg(feature = "native-tls")]
    if let Some(error) = layer.downcast_ref::<native_tls::Error>() {
        return during_handshake && is_refusal_of_native_tls(error);
    }
    let _ = (layer, during_handshake);
    false
}

#[cfg(feature = "rustls")]
fn is_refusal_of_rustls(error: &rustls::Error, during_handshake: bool) -> bool {
    use rustls::{AlertDescription as Alert, Error};
    match error {
        // In TLS 1.3 the server asks for a certificate of the client only after the handshake.
        Error::AlertReceived(Alert::CertificateRequired) => true,
        _ if !during_handshake => false,
        // The bytes were damaged, or this side failed.
        Error::DecryptError
        | Error::EncryptError
        | Error::PeerSentOversizedRecord
        | Error::FailedToGetRandomBytes => false,
        // The server met an error or received damaged bytes. It refuses nothing.
        Error::AlertReceived(
            Alert::BadRecordMac
            | Alert::CloseNotify
            | Alert::DecodeError
            | Alert::DecompressionFailure
            | Alert::DecryptError
            | Alert::DecryptionFailed
            | Alert::InternalError
            | Alert::RecordOverflow
            | Alert::UnexpectedMessage
            | Alert::UserCanceled,
        ) => false,
        _ => true,
    }
}

/// OpenSSL, Schannel and Secure Transport have no common error type. What can be recognised is an
/// error of the connection, and the alerts that OpenSSL names in its text.
#[cfg(feature = "native-tls")]
fn is_refusal_of_native_tls(error: &native_tls::Error) -> bool {
    const DAMAGE: [&str; 5] = [
        "alert internal error",
        "bad record mac",
        "decryption failed",
        "unexpected EOF",
        "unexpected eof",
    ];
    let text = error.to_string();
    let is_lost = error_layers(error).any(|layer| layer.is::<std::io::Error>());
    !is_lost && !DAMAGE.iter().any(|damage| text.contains(damage))
}

#[cfg(test)]
#[cfg(feature = "rustls")]
mod tests {
    use rustls::{AlertDescription as Alert, CertificateError, Error, InvalidMessage};

    use super::*;

    #[test]
    fn certificates_and_incompatible_servers_are_refusals_and_damaged_bytes_are_not() {
        const DURING: bool = true;
        const AFTER: bool = false;
        for (error, during_handshake, refused) in [
            (Error::InvalidCertificate(CertificateError::UnknownIssuer), DURING, true),
            (Error::InvalidMessage(InvalidMessage::InvalidContentType), DURING, true),
            (Error::NoApplicationProtocol, DURING, true),
            (Error::AlertReceived(Alert::HandshakeFailure), DURING, true),
            (Error::AlertReceived(Alert::ProtocolVersion), DURING, true),
            (Error::AlertReceived(Alert::UnrecognisedName), DURING, true),
            (Error::AlertReceived(Alert::InternalError), DURING, false),
            (Error::AlertReceived(Alert::BadRecordMac), DURING, false),
            (Error::DecryptError, DURING, false),
            (Error::DecryptError, AFTER, false),
            (Error::InvalidMessage(InvalidMessage::InvalidContentType), AFTER, false),
            (Error::AlertReceived(Alert::HandshakeFailure), AFTER, false),
            (Error::AlertReceived(Alert::InternalError), AFTER, false),
            (Error::AlertReceived(Alert::CertificateRequired), AFTER, true),
        ] {
            assert_eq!(is_refusal(&error, during_handshake), refused, "{error:?}");
        }
    }
}
