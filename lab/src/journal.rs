//! The journal: finished replications, appended one by one, so that an interruption loses none of them.
//!
//! A line of text names the format. Then come frames: length (4 bytes, little-endian), the first 16 bytes of the blake3
//! hash of length and payload, the payload: postcard, compressed by snap. The first frame is the [`Head`], each further
//! one an [`Entry`]. What was written last when the power went may be torn; the checksum finds it, everything from
//! there on is dropped, and simulated again.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bugcheck_scenarios::Experiment;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::results::Replication;
use crate::{Error, atomic};

/// The first line of the file. The number changes when the layout of a head or an entry does; a test holds it to that.
const MAGIC: &[u8] = b"bugcheck journal 3\n";
/// How the first line of a journal begins, whatever its format.
const KIND: &[u8] = b"bugcheck journal ";
/// Limit: bytes of a frame's payload. A longer one is a sign of damage.
const MAX_FRAME: u32 = 1 << 30;
/// What is said of a journal that does not tell whose replications it holds.
const TORN_HEAD: &str = "its head is torn; delete the file to start again (the finished replications in it are lost)";
const NO_FIRST_LINE: &str = "its first line is missing, and so are replications; delete the file to start again";
const PREFIX: usize = 4 + CHECKSUM;
const CHECKSUM: usize = 16;

/// Whose replications the journal holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Version of the program that began it.
    pub(crate) version: String,
    /// Its result epoch.
    pub(crate) epoch: u32,
    /// blake3 of the resolved scenario, in hex.
    pub(crate) scenario_digest: String,
    /// What is asked.
    pub(crate) experiment: Experiment,
}

/// One finished replication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Its arm.
    pub(crate) arm: u32,
    /// What it gave.
    pub(crate) replication: Replication,
}

/// A frame, ready to be written. Made by the threads that simulate, so that writing is all the writer does.
pub(crate) struct Frame(Vec<u8>);

impl Frame {
    /// Encodes a value.
    pub(crate) fn of(value: &impl Serialize) -> io::Result<Frame> {
        let plain = postcard::to_stdvec(value).map_err(io::Error::other)?;
        let payload = snap::raw::Encoder::new().compress_vec(&plain).map_err(io::Error::other)?;
        let length = u32::try_from(payload.len()).ok().filter(|length| *length <= MAX_FRAME);
        let length = length.ok_or_else(|| io::Error::other("a record is larger than MAX_FRAME"))?.to_le_bytes();
        let mut frame = Vec::with_capacity(PREFIX + payload.len());
        frame.extend(length);
        frame.extend(checksum(length, &payload));
        frame.extend(payload);
        Ok(Frame(frame))
    }
}

fn checksum(length: [u8; 4], payload: &[u8]) -> [u8; CHECKSUM] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&length).update(payload);
    let mut checksum = [0; CHECKSUM];
    checksum.copy_from_slice(&hasher.finalize().as_bytes()[..CHECKSUM]);
    checksum
}

/// Begins a journal, with its head and the given entries; what was there before is replaced, at once.
pub(crate) fn create(path: &Path, head: &Head, entries: impl Iterator<Item = Entry>) -> Result<(), Error> {
    atomic::write(path, |out| {
        out.write_all(MAGIC)?;
        out.write_all(&Frame::of(head)?.0)?;
        for entry in entries {
            out.write_all(&Frame::of(&entry)?.0)?;
        }
        Ok(())
    })
}

/// Reads a journal: its head, and every whole entry in the order in which they finished.
pub(crate) fn read(path: &Path, visit: impl FnMut(Entry)) -> Result<Head, Error> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(|e| Error::file("read", path, e))?);
    Ok(read_whole(&mut file, path, visit)?.0)
}

/// Reads whose replications a journal holds, and none of them.
pub(crate) fn read_head(path: &Path) -> Result<Head, Error> {
    let mut file = File::open(path).map_err(|e| Error::file("read", path, e))?;
    Ok(head_of(&mut file, path)?.0)
}

/// The head, and the length in bytes up to the end of the last whole entry.
fn read_whole(from: &mut impl Read, path: &Path, mut visit: impl FnMut(Entry)) -> Result<(Head, u64), Error> {
    let (head, mut whole) = head_of(from, path)?;
    while let Some(payload) = next(from).map_err(|error| Error::file("read", path, error))? {
        visit(decode(&payload, path)?);
        whole += (PREFIX + payload.len()) as u64;
    }
    Ok((head, whole))
}

/// The head, and the length in bytes up to its end.
fn head_of(from: &mut impl Read, path: &Path) -> Result<(Head, u64), Error> {
    let failed = |error| Error::file("read", path, error);
    let mut magic = [0; MAGIC.len()];
    from.read_exact(&mut magic).map_err(|_| Error::damaged(path, &NO_FIRST_LINE))?;
    if magic != *MAGIC {
        let of_its_kind = magic.starts_with(KIND);
        let other = || Error::OtherFormat(path.to_path_buf());
        return Err(if of_its_kind { other() } else { Error::damaged(path, &"it is no journal") });
    }
    let Some(payload) = next(from).map_err(failed)? else { return Err(Error::damaged(path, &TORN_HEAD)) };
    Ok((decode(&payload, path)?, (MAGIC.len() + PREFIX + payload.len()) as u64))
}

/// The payload of the next frame; `None` at the end of what is whole.
fn next(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut prefix = [0; PREFIX];
    if !fill(from, &mut prefix)? {
        return Ok(None);
    }
    let length = [prefix[0], prefix[1], prefix[2], prefix[3]];
    let bytes = u32::from_le_bytes(length);
    if bytes > MAX_FRAME {
        return Ok(None);
    }
    // Grows with what is there: a torn length must not ask for a gigabyte.
    let mut payload = Vec::new();
    from.take(u64::from(bytes)).read_to_end(&mut payload)?;
    Ok((payload.len() == bytes as usize && checksum(length, &payload) == prefix[4..]).then_some(payload))
}

/// Fills the buffer; false where the file ends before.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The checksum holds, so that what cannot be decoded was written by another version of the program.
fn decode<T: DeserializeOwned>(payload: &[u8], path: &Path) -> Result<T, Error> {
    let plain = snap::raw::Decoder::new().decompress_vec(payload).map_err(|e| Error::damaged(path, &e))?;
    postcard::from_bytes(&plain).map_err(|e| Error::damaged(path, &e))
}

/// A journal that is being appended to.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    /// Length in bytes of what is whole and on the disk.
    whole: u64,
}

impl Journal {
    /// Reads a journal to its last whole entry, cuts off what is torn behind it, and goes on from there.
    pub(crate) fn resume(path: &Path, visit: impl FnMut(Entry)) -> Result<(Journal, Head), Error> {
        let failed = |error| Error::file("write", path, error);
        let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(failed)?;
        let (head, whole) = read_whole(&mut BufReader::with_capacity(1 << 16, &mut file), path, visit)?;
        file.set_len(whole).map_err(failed)?;
        file.seek(SeekFrom::Start(whole)).map_err(failed)?;
        file.sync_data().map_err(failed)?;
        Ok((Journal { file, path: path.to_path_buf(), whole }, head))
    }

    /// Appends frames; when it returns they are on the disk. If it fails, what was whole before still is.
    pub(crate) fn append(&mut self, frames: &[Frame]) -> Result<(), Error> {
        let result =
            frames.iter().try_for_each(|frame| self.file.write_all(&frame.0)).and_then(|()| self.file.sync_data());
        if let Err(error) = result {
            // The torn end is harmless, it would be cut off on resume; on a full disk it is better gone at once.
            let _ = self.file.set_len(self.whole).and_then(|()| self.file.seek(SeekFrom::Start(self.whole)));
            return Err(Error::file("write", &self.path, error));
        }
        self.whole += frames.iter().map(|frame| frame.0.len() as u64).sum::<u64>();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{experiment, replication};

    fn head() -> Head {
        Head { version: "0.1.0".into(), epoch: 1, scenario_digest: "d".into(), experiment: experiment(2, 4) }
    }

    fn entries() -> Vec<Entry> {
        (0..3).map(|n| Entry { arm: n, replication: replication(n) }).collect()
    }

    fn read_all(path: &Path) -> Vec<Entry> {
        let mut all = Vec::new();
        assert_eq!(read(path, |entry| all.push(entry)).unwrap(), head());
        all
    }

    #[test]
    fn what_is_torn_is_dropped_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        create(&path, &head(), entries().into_iter().take(2)).unwrap();
        let two = std::fs::read(&path).unwrap();
        create(&path, &head(), entries().into_iter()).unwrap();
        let three = std::fs::read(&path).unwrap();
        for cut in two.len()..three.len() {
            std::fs::write(&path, &three[..cut]).unwrap();
            assert_eq!(read_all(&path), entries()[..2], "cut at {cut}");
        }
        // Resuming after a tear and appending gives the bytes of an undisturbed journal.
        let mut seen = 0;
        let (mut journal, _) = Journal::resume(&path, |_| seen += 1).unwrap();
        journal.append(&[Frame::of(&entries()[2]).unwrap()]).unwrap();
        assert_eq!(seen, 2);
        assert_eq!(std::fs::read(&path).unwrap(), three);
    }

    #[test]
    fn any_flipped_byte_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        create(&path, &head(), entries().into_iter().take(2)).unwrap();
        let two = std::fs::read(&path).unwrap().len();
        create(&path, &head(), entries().into_iter()).unwrap();
        let three = std::fs::read(&path).unwrap();
        for at in (two..three.len()).step_by(7) {
            let mut flipped = three.clone();
            flipped[at] ^= 0x40;
            std::fs::write(&path, &flipped).unwrap();
            assert_eq!(read_all(&path), entries()[..2], "flipped at {at}");
        }
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let letter = b"a letter to a friend, which is nobody's run\n";
        for (contents, says) in [
            (&b""[..], "delete the file to start again"),
            (letter, "it is no journal"),
            (&[MAGIC, b"\x03"].concat(), "delete the file to start again"),
        ] {
            std::fs::write(&path, contents).unwrap();
            assert!(matches!(read(&path, |_| ()), Err(Error::Damaged { .. })));
            let error = read_head(&path).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn journals_of_other_formats_are_refused_as_such_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let old = b"bugcheck journal 1\nwhatever";
        std::fs::write(&path, old).unwrap();
        let error = read(&path, |_| ()).unwrap_err();
        assert!(matches!(error, Error::OtherFormat(_)) && error.to_string().contains("another version"), "{error}");
        assert!(matches!(Journal::resume(&path, |_| ()), Err(Error::OtherFormat(_))));
        assert_eq!(std::fs::read(&path).unwrap(), old);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_called_so() {
        let path = PathBuf::from("/dev/full");
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        let mut journal = Journal { file, path, whole: 0 };
        let error = journal.append(&[Frame::of(&entries()[0]).unwrap()]).unwrap_err();
        assert!(matches!(error, Error::DiskFull(_)), "{error}");
    }

    /// If this fails, the layout changed: raise the number in [`MAGIC`], then accept.
    #[test]
    fn the_layout_is_that_of_the_format_number() {
        let bytes = postcard::to_stdvec(&(head(), entries())).unwrap();
        insta::assert_snapshot!(blake3::hash(&bytes).to_hex(), @"f9bdeb6509b5270b64f397979d15bb61e8f5f997f9a23c9ad755670bfafdd7da");
    }
}
