//! `BarTerminal`: the terminal that a bar is drawn on, written through the stderr of this run.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::TermLike;

use crate::env::Out;

/// Collects what is drawn and writes it at once, so that the bar does not flicker.
#[derive(Debug)]
pub(super) struct BarTerminal {
    stderr: Out,
    columns: fn() -> u16,
    drawn: Mutex<String>,
}

impl BarTerminal {
    pub(super) fn new(stderr: Out, columns: fn() -> u16) -> Self {
        Self { stderr, columns, drawn: Mutex::default() }
    }

    fn draw(&self, what: fmt::Arguments<'_>) -> io::Result<()> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        fmt::Write::write_fmt(&mut *drawn, what).map_err(io::Error::other)
    }

    /// Moves the cursor. Does nothing for 0, because terminals treat 0 as 1.
    fn move_cursor(&self, n: usize, direction: char) -> io::Result<()> {
        if n == 0 { Ok(()) } else { self.draw(format_args!("\u{1b}[{n}{direction}")) }
    }
}

impl TermLike for BarTerminal {
    fn width(&self) -> u16 {
        (self.columns)()
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.draw(format_args!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.draw(format_args!("{text}"))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.draw(format_args!("\r\u{1b}[2K"))
    }

    fn flush(&self) -> io::Result<()> {
        let drawn = std::mem::take(&mut *self.drawn.lock().unwrap_or_else(PoisonError::into_inner));
        let mut stderr = self.stderr.clone();
        stderr.write_all(drawn.as_bytes())?;
        stderr.flush()
    }
}
