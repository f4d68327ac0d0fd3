//! Files that are there completely or not at all.
//!
//! A file is written beside its place, under a name that hangs on nothing but its own: what a process that was killed
//! left there is overwritten by the next one, so nothing piles up. Two processes that write the same file at the same
//! time would meet there, so whoever may not be alone waits for its [`Turn`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::Error;

/// The right to write files of one kind in a folder, which one process has at a time, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    /// Holds the lock, which the operating system gives back when the process ends, however it ends.
    _lock: File,
}

impl Turn {
    /// Waits for it. `name` is the file in the folder that stands for the right; it stays there, empty.
    ///
    /// # Errors
    /// If that file cannot be made or locked.
    pub fn wait(folder: &Path, name: &str) -> Result<Turn, Error> {
        let path = folder.join(name);
        let file = File::create(&path).map_err(|e| Error::file("write", &path, e))?;
        file.lock().map_err(|e| Error::file("lock", &path, e))?;
        Ok(Turn { _lock: file })
    }
}

/// Writes a file beside its place, flushes it to the disk, and moves it there. Whoever reads, and whoever comes after a
/// crash, sees the old file or the new one, never a part.
///
/// What is there and is no regular file (`/dev/stdout`, a pipe) is written to: another file in its place would take it
/// away from everybody else.
///
/// # Errors
/// If it cannot be written; the old file is still there then.
pub fn write(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), Error> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return fill_in_place(path, fill).map_err(|error| Error::file("write", path, error));
    }
    let partial = path.with_added_extension("partial");
    let result =
        fill_and_sync(&partial, fill).and_then(|()| fs::rename(&partial, path)).and_then(|()| sync_parent(path));
    result.map_err(|error| {
        // What was written of it only takes up room; if it cannot be removed either, the first error says more.
        let _ = fs::remove_file(&partial);
        Error::file("write", path, error)
    })
}

fn fill_in_place(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::new(OpenOptions::new().write(true).open(path)?);
    fill(&mut writer)?;
    writer.flush()
}

fn fill_and_sync(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::with_capacity(1 << 16, File::create(path)?);
    fill(&mut writer)?;
    writer.flush()?;
    writer.get_ref().sync_all()
}

/// Makes a rename or a new file last: on Unix it is an entry of its folder, which has to reach the disk too.
#[cfg(unix)]
fn sync_parent(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Elsewhere folders cannot be opened as files, and the file system sees to it.
#[cfg(not(unix))]
fn sync_parent(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.json");
        write(&path, |out| out.write_all(b"old")).unwrap();
        let error = write(&path, |out| {
            out.write_all(b"half of the new")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        })
        .unwrap_err();
        assert!(matches!(error, Error::DiskFull(p) if p == path));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no partial file stays behind");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_never_replaced() {
        use std::os::unix::fs::FileTypeExt;
        use std::os::unix::net::UnixListener;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.json");
        let _listener = UnixListener::bind(&path).unwrap();
        assert!(write(&path, |out| out.write_all(b"new")).is_err(), "a socket cannot be written as a file");
        assert!(fs::metadata(&path).unwrap().file_type().is_socket(), "it is still there");
        // By way of a link, so that it is the link that is lost if this goes wrong.
        let null = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &null).unwrap();
        write(&null, |out| out.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&null).unwrap().is_symlink(), "it is still there");
    }

    #[test]
    fn an_error_names_the_file() {
        let error = write(Path::new("/nowhere/at/all.json"), |_| Ok(())).unwrap_err();
        insta::assert_snapshot!(error, @"cannot write /nowhere/at/all.json: No such file or directory (os error 2)");
    }
}
