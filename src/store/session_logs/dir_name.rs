//! A session's folder under `logs/sessions`: its id, or, where no file system would take that, a name made of it.
//!
//! Pure. Two ids never share a folder, also where case does not count; ids may come from imports and hold anything.

/// Characters of an id that still stands for itself.
const LONGEST: usize = 64;
/// Characters of any other that are kept for people.
const KEPT: usize = 32;
/// What separates them from the digest; no id that stands for itself has one.
const MARK: char = '~';

/// The folder's name for any id: lower-case ASCII letters, digits, `-`, `_` and `~`, at most 64 of them.
#[must_use]
pub fn folder_name(id: &str) -> String {
    let stands_for_itself =
        !id.is_empty() && id.len() <= LONGEST && id.chars().all(is_safe) && !is_reserved(id);
    if stands_for_itself {
        return id.to_owned();
    }
    let lower = id.chars().flat_map(char::to_lowercase).take(KEPT);
    let kept: String = lower.map(|c| if is_safe(c) { c } else { '_' }).collect();
    format!("{kept}{MARK}{:016x}", digest(id))
}

/// Neither upper case nor dots nor anything that a shell or a path gives a meaning.
fn is_safe(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
}

/// Names that Windows gives to devices, whatever the folder.
fn is_reserved(id: &str) -> bool {
    let numbered = |id: &str| (id.starts_with("com") || id.starts_with("lpt")) && id.len() == 4;
    ["con", "prn", "aux", "nul"].contains(&id) || numbered(id)
}

/// FNV-1a, which is the same in every version of this program.
fn digest(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_ids_stand_for_themselves() {
        for id in ["scene-20260106-101530-a1b2c3d4", "blender-20260106-101530-00000000", "a", "com", "com10"]
        {
            assert_eq!(folder_name(id), id);
        }
    }

    #[test]
    fn odd_ids_get_a_name_that_every_file_system_takes() {
        let long = "x".repeat(65);
        for (id, kept) in [
            ("", ""),
            ("..", "__"),
            ("../../etc/passwd", "______etc_passwd"),
            ("C:\\Windows", "c__windows"),
            ("Scene-1", "scene-1"),
            ("a b\0c", "a_b_c"),
            ("trailing. ", "trailing__"),
            ("nul", "nul"),
            ("NUL", "nul"),
            ("lpt9", "lpt9"),
            ("建物~1", "___1"),
            (&long, &long[..KEPT]),
        ] {
            let name = folder_name(id);
            let (words, digest) = name.split_once(MARK).unwrap();
            assert_eq!((words, digest.len()), (kept, 16), "{id:?}");
            assert!(!is_reserved(&name) && name.len() <= LONGEST && name.is_ascii(), "{name}");
        }
    }

    #[test]
    fn two_ids_never_share_a_folder() {
        let ids = [
            "scene", "Scene", "SCENE", "scene~", "sc/ene", "sc\\ene", "scene ", "scene.", "séance", "sÉance",
        ];
        let names: std::collections::HashSet<_> =
            ids.iter().map(|id| folder_name(id).to_lowercase()).collect();
        assert_eq!(names.len(), ids.len());
    }

    #[test]
    fn the_digest_is_the_published_one() {
        assert_eq!((digest(""), digest("a")), (0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c));
    }
}
