//! Tables for the splitter: every cut of every byte gives the same messages.

use super::*;

const LIMIT: usize = 1 << 20;

/// Feeds `chunks` and collects the frames; the error if the stream ended with one.
fn split(chunks: &[&[u8]], max_message: usize, max_depth: usize) -> (Vec<Frame>, Option<Error>) {
    let mut splitter = Splitter::new(max_message, max_depth);
    let mut frames = Vec::new();
    for chunk in chunks {
        splitter.buffer().extend_from_slice(chunk);
        loop {
            match splitter.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

fn messages(frames: &[Frame]) -> Vec<Vec<u8>> {
    frames
        .iter()
        .filter_map(|frame| match frame {
            Frame::Message { bytes, .. } => Some(bytes.to_vec()),
            Frame::LateNul => None,
        })
        .collect()
}

const STREAMS: &[(&[u8], &[&[u8]])] = &[
    (b"{}", &[b"{}"]),
    (b"  {}\n{}\r\n\t{}", &[b"{}", b"{}", b"{}"]),
    (b"{\"a\":1}{\"b\":[2,{\"c\":3}]}", &[b"{\"a\":1}", b"{\"b\":[2,{\"c\":3}]}"]),
    (b"{\"a\":\"}{\\\"]\"}\0{\"b\":\"\\\\\"}\0", &[b"{\"a\":\"}{\\\"]\"}", b"{\"b\":\"\\\\\"}"]),
    (
        "{\"a\":\"赤い立方体😀\"}\n{\"é\":\"\\ud83d\\ude00\"}".as_bytes(),
        &["{\"a\":\"赤い立方体😀\"}".as_bytes(), "{\"é\":\"\\ud83d\\ude00\"}".as_bytes()],
    ),
    (b"{]{\"x\":1}", &[b"{]", b"{\"x\":1}"]),
];

#[test]
fn every_cut_of_every_byte() {
    for (stream, expected) in STREAMS {
        for first in 0..=stream.len() {
            for second in first..=stream.len() {
                let chunks = [&stream[..first], &stream[first..second], &stream[second..]];
                let (frames, error) = split(&chunks, LIMIT, 128);
                assert_eq!(error, None);
                assert_eq!(messages(&frames), *expected, "cut at {first} and {second}");
            }
        }
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(messages(&split(&single, LIMIT, 128).0), *expected, "byte by byte");
    }
}

#[test]
fn the_delimiter_is_the_byte_behind_the_message() {
    let table: &[(&[u8], Option<Delimiter>)] = &[
        (b"{}\0", Some(Delimiter::Nul)),
        (b"{}\n", Some(Delimiter::Newline)),
        (b"{} \0", Some(Delimiter::Newline)),
        (b"{}{", Some(Delimiter::Newline)),
        (b"{}", None),
    ];
    for (stream, expected) in table {
        let (frames, _) = split(&[stream], LIMIT, 128);
        assert!(
            matches!(&frames[0], Frame::Message { delimiter, .. } if delimiter == expected),
            "{stream:?}"
        );
    }
}

#[test]
fn a_nul_that_comes_late_is_reported_once() {
    let (frames, error) = split(&[b"{}", b"\0\0", b"{}\0"], LIMIT, 128);
    assert_eq!(error, None);
    assert_eq!(frames.len(), 3);
    assert_eq!(frames[1], Frame::LateNul);
    assert!(matches!(&frames[2], Frame::Message { delimiter: Some(Delimiter::Nul), .. }));
    let (frames, _) = split(&[b"{}", b"\n", b"\0{}"], LIMIT, 128);
    assert!(!frames.contains(&Frame::LateNul), "a newline came first");
}

#[test]
fn garbage_ends_the_stream_at_every_cut() {
    for stream in
        [&b"{}\nPOST / HTTP/1.1\r\n\r\n{\"type\":\"x\"}"[..], b"  \nnull", b"{}[1]", b"{}}", b"\0\0,"]
    {
        for cut in 0..=stream.len() {
            let (frames, error) = split(&[&stream[..cut], &stream[cut..]], LIMIT, 128);
            assert_eq!(error.unwrap().code, Code::InvalidJson, "{stream:?} cut at {cut}");
            assert!(messages(&frames).len() <= 1);
        }
    }
}

#[test]
fn depth_is_counted_from_the_objects_own_brace() {
    let nested =
        |levels: usize| [vec![b'{'], vec![b'['; levels - 1], vec![b']'; levels - 1], vec![b'}']].concat();
    assert_eq!(split(&[&nested(128)], LIMIT, 128).1, None);
    assert_eq!(split(&[&nested(129)], LIMIT, 128).1.unwrap().code, Code::TooDeep);
    let braces = vec![b'{'; 1_000_000];
    assert_eq!(split(&[&braces], LIMIT, 128).1.unwrap().code, Code::TooDeep);
    let quoted = [&b"{\"a\":\""[..], &braces, b"\"}"].concat();
    assert_eq!(split(&[&quoted], 2 * LIMIT, 128).1, None);
}

#[test]
fn size_is_counted_in_bytes() {
    let message = [&b"{\"a\":\""[..], &[b'x'; 100], b"\"}"].concat();
    assert_eq!(split(&[&message, &message], message.len(), 8).0.len(), 2);
    assert_eq!(split(&[&message], message.len() - 1, 8).1.unwrap().code, Code::MessageTooLarge);
    let endless: Vec<&[u8]> = std::iter::repeat_n(&b"{\"a\":\"xxxxxxxxxx"[..], 1)
        .chain(std::iter::repeat_n(&b"yyyy"[..], 1000))
        .collect();
    assert_eq!(split(&endless, 64, 8).1.unwrap().code, Code::MessageTooLarge);
}

#[test]
fn nothing_is_held_between_messages() {
    let mut splitter = Splitter::new(LIMIT, 128);
    splitter.buffer().extend_from_slice(b"{\"a\":1}\n");
    assert!(matches!(splitter.next_frame(), Ok(Some(Frame::Message { .. }))));
    assert_eq!(splitter.next_frame(), Ok(None));
    assert_eq!(splitter.buffer().capacity(), 0);
    assert!(!splitter.is_midway());
    splitter.buffer().extend_from_slice(b"{");
    assert_eq!(splitter.next_frame(), Ok(None));
    assert!(splitter.is_midway());
}
