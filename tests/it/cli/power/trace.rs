//! Runs the program under strace and reads which changes it made to the files of one folder.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use heygen_videos::simulator::Simulator;

/// A file of the traced run, numbered in order of creation.
pub(crate) type FileId = usize;

/// One change to the folder or to a file in it.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// A name now refers to this file. A new file is empty.
    Link {
        name: String,
        file: FileId,
    },
    Unlink {
        name: String,
    },
    Rename {
        from: String,
        to: String,
    },
    Write {
        file: FileId,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        file: FileId,
        len: usize,
    },
    SyncFile {
        file: FileId,
    },
    SyncFolder,
    /// The run wrote this event to stderr.
    Report {
        text: String,
    },
}

/// The system calls that change files or sync changes.
const CALLS: &str = "open,openat,creat,read,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,\
                     fsync,fdatasync,sync_file_range,rename,renameat,renameat2,link,linkat,unlink,unlinkat,lseek,\
                     close,fcntl,dup,dup2,dup3,copy_file_range,sendfile,fallocate";

/// Which system calls strace records, and which ones it turns into no-ops.
#[derive(Clone, Copy)]
pub(crate) enum Calls {
    /// Records all changes. No file is removed, but the program believes that it was.
    Record,
    /// Records all changes. Files are removed as usual.
    RecordAll,
    /// Only prevents the removal of the partial file.
    KeepPartial,
    Nothing,
}

/// The result of a run under strace.
pub(crate) struct TracedRun {
    pub(crate) code: i32,
    pub(crate) stderr: String,
    /// The calls in the order in which they took effect.
    pub(crate) lines: Vec<String>,
}

impl TracedRun {
    #[track_caller]
    pub(crate) fn new(calls: Calls, partial: &Path, simulator: &Simulator, args: &[&str]) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-y", "-xx", "-s", "67108864", "-o"]).arg(log.path());
        let keep = ["-e", "inject=unlink,unlinkat:retval=0"];
        match calls {
            Calls::Record => strace.args(["-e", &format!("trace={CALLS}")]).args(keep),
            Calls::RecordAll => strace.args(["-e", &format!("trace={CALLS}")]),
            Calls::KeepPartial => {
                strace.arg("-P").arg(partial).args(["-e", "trace=unlink,unlinkat"]).args(keep)
            }
            Calls::Nothing => strace.args(["-e", "trace=none"]),
        };
        strace.arg(env!("CARGO_BIN_EXE_heygen-videos")).args(args).env_clear();
        strace.env("HEYGEN_API_KEY", Simulator::API_KEY);
        strace.env("HEYGEN_API_BASE", simulator.base_url());
        let output = strace.output().expect("strace is installed: apt-get install strace");
        Self {
            code: output.status.code().unwrap_or(-1),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            lines: whole_lines(&fs::read_to_string(log.path()).unwrap()),
        }
    }
}

/// Joins calls that strace split because another thread made a call in between.
fn whole_lines(log: &str) -> Vec<String> {
    let mut begun: HashMap<String, String> = HashMap::new();
    let mut lines = Vec::new();
    for line in log.lines() {
        let (pid, rest) = line.trim_start().split_once(' ').unwrap_or(("", line));
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix("<unfinished ...>") {
            begun.insert(pid.to_owned(), start.to_owned());
        } else if let Some((_, end)) =
            rest.split_once(" resumed>").filter(|_| rest.starts_with("<..."))
        {
            let start = begun.remove(pid).unwrap_or_default();
            lines.push(format!("{start}{end}"));
        } else {
            lines.push(rest.to_owned());
        }
    }
    lines
}

/// Decodes `\x..` escapes.
fn unescape(text: &str) -> Vec<u8> {
    let hex = |digit: u8| (digit as char).to_digit(16).unwrap_or_default() as u8;
    let (text, mut bytes, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < text.len() {
        if text[at..].starts_with(b"\\x") && at + 4 <= text.len() {
            bytes.push(hex(text[at + 2]) << 4 | hex(text[at + 3]));
            at += 4;
        } else {
            bytes.push(text[at]);
            at += 1;
        }
    }
    bytes
}

/// A call with its arguments and its result.
struct Call<'a> {
    name: &'a str,
    args: Vec<&'a str>,
    result: i64,
    /// The path that strace prints for a descriptor in the result.
    result_path: String,
}

impl<'a> Call<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (name, rest) = line.split_once('(')?;
        let (args, result) = rest.rsplit_once(" = ")?;
        let args = args.trim_end().strip_suffix(')')?;
        let number = result.split([' ', '<', '(']).next()?;
        let result_path = result.split_once('<').map_or("", |(_, path)| path);
        let result_path = result_path.split('>').next().unwrap_or_default();
        Some(Self {
            name,
            // Texts are in hex, so every comma is a separator. A call that was split ends in a space.
            args: args.split(", ").map(str::trim).collect(),
            result: number
                .parse()
                .ok()
                .or_else(|| i64::from_str_radix(number.strip_prefix("0x")?, 16).ok())?,
            result_path: String::from_utf8_lossy(&unescape(result_path)).into_owned(),
        })
    }

    /// The descriptor in an argument, with its path.
    fn descriptor(&self, arg: usize) -> Option<(i32, String)> {
        let (number, path) = self.args.get(arg)?.split_once('<')?;
        let path = path.split('>').next()?;
        Some((number.parse().ok()?, String::from_utf8_lossy(&unescape(path)).into_owned()))
    }

    fn text(&self, arg: usize) -> Option<Vec<u8>> {
        let text = self.args.get(arg)?.strip_prefix('"')?;
        Some(unescape(text.split('"').next()?))
    }

    fn number(&self, arg: usize) -> Option<usize> {
        self.args.get(arg)?.parse().ok()
    }
}

/// An open file description: its file and its offset.
#[derive(Clone, Copy)]
struct Open {
    file: FileId,
    at: usize,
    appends: bool,
}

/// Extracts the changes from a trace. `before` are the existing files, by their ids.
pub(crate) fn changes(
    lines: &[String],
    folder: &Path,
    before: &[(String, Vec<u8>)],
) -> Vec<Change> {
    let mut reader = Reader {
        folder: folder.to_str().unwrap(),
        entries: before.iter().enumerate().map(|(id, (name, _))| (name.clone(), id)).collect(),
        lens: before.iter().map(|(_, bytes)| bytes.len()).collect(),
        open: HashMap::new(),
        changes: Vec::new(),
    };
    for line in lines {
        if let Some(call) = Call::parse(line).filter(|call| call.result >= 0) {
            reader.read(&call);
        }
    }
    reader.changes
}

struct Reader<'a> {
    folder: &'a str,
    entries: HashMap<String, FileId>,
    lens: Vec<usize>,
    open: HashMap<i32, Open>,
    changes: Vec<Change>,
}

impl Reader<'_> {
    /// The name in the folder that a path refers to.
    fn name(&self, path: &str) -> Option<String> {
        let name = path.strip_prefix(self.folder)?.strip_prefix('/')?;
        (!name.is_empty() && !name.contains('/')).then(|| name.to_owned())
    }

    /// The name that the arguments `folder` and `path` of an `…at` call refer to.
    fn name_at(&self, call: &Call<'_>, arg: usize) -> Option<String> {
        let path = String::from_utf8_lossy(&call.text(arg)?).into_owned();
        if path.starts_with('/') || arg == 0 {
            return self.name(&path);
        }
        let (_, folder) = call.descriptor(arg - 1)?;
        self.name(&format!("{folder}/{path}"))
    }

    fn file_of(&self, call: &Call<'_>) -> Option<(i32, Open)> {
        let (fd, _) = call.descriptor(0)?;
        Some((fd, *self.open.get(&fd)?))
    }

    fn write(&mut self, file: FileId, at: usize, bytes: Vec<u8>) -> usize {
        let end = at + bytes.len();
        self.lens[file] = self.lens[file].max(end);
        self.changes.push(Change::Write { file, at, bytes });
        end
    }

    fn read(&mut self, call: &Call<'_>) -> Option<()> {
        match call.name {
            "open" | "openat" | "creat" => self.opened(call)?,
            "close" => {
                self.open.remove(&call.descriptor(0)?.0);
            }
            "fcntl" if call.args.get(1)?.starts_with("F_DUPFD") => {
                let open = self.file_of(call)?.1;
                self.open.insert(call.result as i32, open);
            }
            "dup" | "dup2" | "dup3" => {
                let open = self.file_of(call)?.1;
                self.open.insert(call.result as i32, open);
            }
            "lseek" => {
                let (fd, _) = self.file_of(call)?;
                self.open.get_mut(&fd)?.at = call.result as usize;
            }
            "read" => {
                let (fd, _) = self.file_of(call)?;
                self.open.get_mut(&fd)?.at += call.result as usize;
            }
            "write" if call.descriptor(0)?.0 == 2 => {
                let text = String::from_utf8_lossy(&call.text(1)?).into_owned();
                self.changes.push(Change::Report { text });
            }
            "write" => {
                let (fd, open) = self.file_of(call)?;
                let mut bytes = call.text(1)?;
                bytes.truncate(call.result as usize);
                let at = if open.appends { self.lens[open.file] } else { open.at };
                self.open.get_mut(&fd)?.at = self.write(open.file, at, bytes);
            }
            "pwrite64" => {
                let (_, open) = self.file_of(call)?;
                let mut bytes = call.text(1)?;
                bytes.truncate(call.result as usize);
                self.write(open.file, call.number(3)?, bytes);
            }
            "ftruncate" => {
                let (_, open) = self.file_of(call)?;
                let len = call.number(1)?;
                self.lens[open.file] = len;
                self.changes.push(Change::Truncate { file: open.file, len });
            }
            "fsync" | "fdatasync" => {
                let (fd, path) = call.descriptor(0)?;
                if path == self.folder {
                    self.changes.push(Change::SyncFolder);
                } else {
                    let file = self.open.get(&fd)?.file;
                    self.changes.push(Change::SyncFile { file });
                }
            }
            "rename" => self.renamed(self.name_at(call, 0)?, self.name_path(call, 1)?),
            "renameat" | "renameat2" => {
                self.renamed(self.name_at(call, 1)?, self.name_at(call, 3)?)
            }
            "link" => self.linked(&self.name_at(call, 0)?, self.name_path(call, 1)?)?,
            "linkat" => self.linked(&self.name_at(call, 1)?, self.name_at(call, 3)?)?,
            "unlink" => self.unlinked(self.name_at(call, 0)?),
            "unlinkat" => self.unlinked(self.name_at(call, 1)?),
            "writev" | "pwritev" | "pwritev2" | "truncate" | "sync_file_range"
            | "copy_file_range" | "sendfile" | "fallocate" => {
                // If the program uses one of these on its files, extend this function first.
                assert!(self.file_of(call).is_none(), "{} is not modelled", call.name);
            }
            _ => {}
        }
        Some(())
    }

    /// The name that a plain path argument refers to.
    fn name_path(&self, call: &Call<'_>, arg: usize) -> Option<String> {
        self.name(&String::from_utf8_lossy(&call.text(arg)?))
    }

    fn opened(&mut self, call: &Call<'_>) -> Option<()> {
        let flags = call.args.iter().find(|arg| arg.contains("O_")).copied().unwrap_or_default();
        // A file without a name disappears with its descriptor.
        let name = self.name(&call.result_path).filter(|_| !flags.contains("O_TMPFILE"))?;
        let file = match self.entries.get(&name) {
            Some(file) => *file,
            None => {
                let file = self.lens.len();
                self.lens.push(0);
                self.entries.insert(name.clone(), file);
                self.changes.push(Change::Link { name, file });
                file
            }
        };
        if flags.contains("O_TRUNC") && self.lens[file] > 0 {
            self.lens[file] = 0;
            self.changes.push(Change::Truncate { file, len: 0 });
        }
        let open = Open { file, at: 0, appends: flags.contains("O_APPEND") };
        self.open.insert(call.result as i32, open);
        Some(())
    }

    fn renamed(&mut self, from: String, to: String) {
        if let Some(file) = self.entries.remove(&from) {
            self.entries.insert(to.clone(), file);
            self.changes.push(Change::Rename { from, to });
        }
    }

    fn linked(&mut self, from: &str, to: String) -> Option<()> {
        let file = *self.entries.get(from)?;
        self.entries.insert(to.clone(), file);
        self.changes.push(Change::Link { name: to, file });
        Some(())
    }

    fn unlinked(&mut self, name: String) {
        if self.entries.remove(&name).is_some() {
            self.changes.push(Change::Unlink { name });
        }
    }
}
