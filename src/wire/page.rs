//! The types that both versions decode to, and the visitors that both use.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::error_body::ErrorBody;
use crate::video::Video;
use crate::video::{Names, Push};

/// The largest page that either version serves.
pub(crate) const MAX_PAGE_SIZE: u32 = 100;

/// A page as the server sent it.
#[derive(Debug)]
pub(crate) struct WirePage {
    pub(crate) videos: Vec<Video>,
    pub(crate) next: Next,
    pub(crate) total: Option<u64>,
}

/// How the listing continues after a page.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Token(String),
    End,
    /// v3 says that there are more videos, but sent no token.
    Missing,
}

/// Why a body at status 200 is not a page.
#[derive(Debug, PartialEq)]
pub(crate) enum NotAPage {
    /// The JSON ends too early: the body was cut in transit.
    Cut,
    /// It is an error body.
    Refused(ErrorBody),
    /// It is something else. The text says what is wrong, without quoting the body.
    Other(String),
}

/// A `T` that is sent as an object. A derived `Deserialize` also accepts an array of the fields, and
/// would read `[]` as an empty page.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

pub(super) struct VideosVisitor(pub(super) Names);

impl<'de> Visitor<'de> for VideosVisitor {
    type Value = Vec<Video>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of videos")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Video>, A::Error> {
        // Most pages are full. Growing the vector step by step would move each video several times.
        let mut videos = Vec::with_capacity(MAX_PAGE_SIZE as usize);
        while let Some(()) = seq.next_element_seed(Push { names: self.0, videos: &mut videos })? {}
        Ok(videos)
    }
}
