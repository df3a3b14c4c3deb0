"""Whether what a page shows can be decoded to its end: readers show, and print, what comes before the damage."""

import zlib
from collections.abc import Iterator

from pikepdf import Array, Name, Object, Pdf, Stream

# What is larger, once unpacked (bytes), is no page of an invoice; what is packed in unusual ways is looked at if small.
_LARGEST, _LARGEST_UNUSUAL = 200_000_000, 100_000
_CHUNK = 1 << 20
# The length of the checksum at the end (RFC 1950, 2.2), which some programs leave out: then nothing else is missing.
_NO_CHECKSUM = bytes(4)


def check_contents(pdf: Pdf) -> None:
    """Decode what every page shows. Raises ValueError or PdfError where that cannot be done to the end."""
    for page in pdf.pages:
        for stream in _streams(page.obj.get(Name.Contents)):
            if is_deflated(stream):
                _inflate(stream.read_raw_bytes())
            elif len(stream.read_raw_bytes()) <= _LARGEST_UNUSUAL:
                stream.read_bytes()


def _streams(contents: Object | None) -> Iterator[Stream]:
    for one in contents if isinstance(contents, Array) else [contents]:
        if isinstance(one, Stream):
            yield one


def is_deflated(stream: Stream) -> bool:
    """Whether a stream is packed in the usual way, and in no other on top of it."""
    names = stream.get(Name.Filter)
    return list(names) == [Name.FlateDecode] if isinstance(names, Array) else names == Name.FlateDecode


def _inflate(data: bytes) -> None:
    """Unpack deflated data and keep nothing of it. Raises ValueError for what is torn, cut off or far too large."""
    unpacker, size = zlib.decompressobj(), 0
    try:
        while data and not unpacker.eof:
            size += len(unpacker.decompress(data, _CHUNK))
            data = unpacker.unconsumed_tail
            if size > _LARGEST:
                raise ValueError(size)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacker.eof and not _lacks_checksum_only(unpacker):
        raise ValueError(size)


def _lacks_checksum_only(unpacker: "zlib._Decompress") -> bool:
    try:
        unpacker.decompress(_NO_CHECKSUM)
    except zlib.error as error:
        return "incorrect data check" in str(error)
    return unpacker.eof
