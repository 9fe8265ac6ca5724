//! The first bytes of a connection tell what it speaks (`wire.md`). Pure.

/// The verdict on a connection's first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    Json,
    Http,
    Garbage,
    /// What came so far may still become an HTTP method.
    Unknown,
}

const METHODS: [&[u8]; 7] = [b"GET ", b"POST ", b"PUT ", b"DELETE ", b"OPTIONS ", b"HEAD ", b"PATCH "];

/// Decides from the bytes received so far; never changes its mind when more bytes follow.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Spoken {
    match bytes.first() {
        None => Spoken::Unknown,
        Some(b'{' | b' ' | b'\t' | b'\r' | b'\n') => Spoken::Json,
        Some(_) if METHODS.iter().any(|method| bytes.starts_with(method)) => Spoken::Http,
        Some(_) if METHODS.iter().any(|method| method.starts_with(bytes)) => Spoken::Unknown,
        Some(_) => Spoken::Garbage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes() {
        let table: &[(&[u8], Spoken)] = &[
            (b"", Spoken::Unknown),
            (b"{", Spoken::Json),
            (b" ", Spoken::Json),
            (b"\r\n{", Spoken::Json),
            (b"G", Spoken::Unknown),
            (b"P", Spoken::Unknown),
            (b"GET", Spoken::Unknown),
            (b"GET ", Spoken::Http),
            (b"PATCH /x", Spoken::Http),
            (b"OPTIONS ", Spoken::Http),
            (b"GETX", Spoken::Garbage),
            (b"get ", Spoken::Garbage),
            (b"[1]", Spoken::Garbage),
            (b"\0{", Spoken::Garbage),
            (b"\xef\xbb\xbf{", Spoken::Garbage),
            (b"\x16\x03\x01", Spoken::Garbage),
            (b"CONNECT x", Spoken::Garbage),
        ];
        for (bytes, spoken) in table {
            assert_eq!(sniff(bytes), *spoken, "{bytes:?}");
        }
    }

    #[test]
    fn a_verdict_stands_whatever_follows() {
        for request in [&b"DELETE / HTTP/1.1\r\n"[..], b"{\"type\":1}", b"HEAVY", b"POST{\"a\":1}"] {
            let last = sniff(request);
            for cut in 0..=request.len() {
                let early = sniff(&request[..cut]);
                assert!(early == Spoken::Unknown || early == last, "{request:?} cut at {cut}");
            }
        }
    }
}
