//! The first bytes of a connection tell what it speaks. Pure.

/// The verdict on a connection's first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetectedProtocol {
    Json,
    Http,
    /// A TLS handshake.
    Tls,
    Garbage,
    /// What came so far may still become an HTTP method.
    Unknown,
}

/// What some editors and shells put before a text; skipped before a JSON object.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const METHODS: [&[u8]; 7] = [b"GET ", b"POST ", b"PUT ", b"DELETE ", b"OPTIONS ", b"HEAD ", b"PATCH "];

/// Decides from the bytes received so far; never changes its mind when more bytes follow.
#[must_use]
pub fn detect(bytes: &[u8]) -> DetectedProtocol {
    match bytes.first() {
        None => DetectedProtocol::Unknown,
        Some(b'{' | b' ' | b'\t' | b'\r' | b'\n') => DetectedProtocol::Json,
        Some(_) if BYTE_ORDER_MARK.starts_with(bytes) => DetectedProtocol::Unknown,
        Some(_) if bytes.starts_with(BYTE_ORDER_MARK) => match bytes[BYTE_ORDER_MARK.len()] {
            b'{' | b' ' | b'\t' | b'\r' | b'\n' => DetectedProtocol::Json,
            _ => DetectedProtocol::Garbage,
        },
        // A handshake record of whichever version, 3.x.
        Some(0x16) => match bytes.get(1) {
            None => DetectedProtocol::Unknown,
            Some(3) => DetectedProtocol::Tls,
            Some(_) => DetectedProtocol::Garbage,
        },
        Some(_) if METHODS.iter().any(|method| bytes.starts_with(method)) => DetectedProtocol::Http,
        Some(_) if METHODS.iter().any(|method| method.starts_with(bytes)) => DetectedProtocol::Unknown,
        Some(_) => DetectedProtocol::Garbage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes() {
        let table: &[(&[u8], DetectedProtocol)] = &[
            (b"", DetectedProtocol::Unknown),
            (b"{", DetectedProtocol::Json),
            (b" ", DetectedProtocol::Json),
            (b"\r\n{", DetectedProtocol::Json),
            (b"G", DetectedProtocol::Unknown),
            (b"P", DetectedProtocol::Unknown),
            (b"GET", DetectedProtocol::Unknown),
            (b"GET ", DetectedProtocol::Http),
            (b"PATCH /x", DetectedProtocol::Http),
            (b"OPTIONS ", DetectedProtocol::Http),
            (b"GETX", DetectedProtocol::Garbage),
            (b"get ", DetectedProtocol::Garbage),
            (b"[1]", DetectedProtocol::Garbage),
            (b"\0{", DetectedProtocol::Garbage),
            (b"\xef\xbb\xbf{", DetectedProtocol::Json),
            (b"\xef\xbb\xbf", DetectedProtocol::Unknown),
            (b"\xef\xbb", DetectedProtocol::Unknown),
            (b"\xef\xbb\xbfGET ", DetectedProtocol::Garbage),
            (b"\xef\xbb{", DetectedProtocol::Garbage),
            (b"\x16", DetectedProtocol::Unknown),
            (b"\x16\x03", DetectedProtocol::Tls),
            (b"\x16\x03\x01\x02\0\x01", DetectedProtocol::Tls),
            (b"\x16{", DetectedProtocol::Garbage),
            (b"CONNECT x", DetectedProtocol::Garbage),
        ];
        for (bytes, spoken) in table {
            assert_eq!(detect(bytes), *spoken, "{bytes:?}");
        }
    }

    #[test]
    fn a_verdict_stands_whatever_follows() {
        for request in
            [&b"DELETE / HTTP/1.1\r\n"[..], b"\xef\xbb\xbf{}", b"{\"type\":1}", b"HEAVY", b"POST{\"a\":1}"]
        {
            let last = detect(request);
            for cut in 0..=request.len() {
                let early = detect(&request[..cut]);
                assert!(early == DetectedProtocol::Unknown || early == last, "{request:?} cut at {cut}");
            }
        }
    }
}
