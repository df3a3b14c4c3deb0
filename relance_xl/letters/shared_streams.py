"""Fonts and images that many pages of a PDF hold are kept once (ISO 32000-1, 7.8.3 and 9.9)."""

import hashlib

import pikepdf
from pikepdf import Dictionary, Name, Object, Page, Stream

_FONT_FILES = (Name.FontFile, Name.FontFile2, Name.FontFile3)


class SharedStreams:
    """The streams seen so far, by what is in them."""

    def __init__(self) -> None:
        self._seen: dict[bytes, Object] = {}
        self._done: set[tuple[int, int]] = set()

    def share(self, page: Page) -> None:
        """Let a page's fonts and images be those of an earlier page where they are the same, byte for byte."""
        resources = page.obj.get(Name.Resources)
        if not isinstance(resources, Dictionary) or self._is_done(resources):
            return
        for font in _members(resources, Name.Font):
            for one in (font, *_descendants(font)):
                descriptor = one.get(Name.FontDescriptor)
                if isinstance(descriptor, Dictionary):
                    for name in _FONT_FILES:
                        self._share_member(descriptor, name)
        images = resources.get(Name.XObject)
        if isinstance(images, Dictionary):
            for key in list(images.keys()):
                image = images[key]
                if isinstance(image, Stream) and image.get(Name.Subtype) == Name.Image and Name.SMask not in image:
                    self._share_member(images, key)

    def _is_done(self, resources: Object) -> bool:
        """Whether pages that share their resources were here before."""
        key = resources.objgen
        if key != (0, 0) and key in self._done:
            return True
        self._done.add(key)
        return False

    def _share_member(self, owner: Object, name: "str | Name") -> None:
        stream = owner.get(name)
        if isinstance(stream, Stream):
            data = stream.read_raw_bytes()
            described = repr(sorted((key, repr(value)) for key, value in stream.items() if key != "/Length"))
            digest = hashlib.sha256(described.encode() + data).digest()
            owner[name] = self._seen.setdefault(digest, stream)


def _members(resources: Object, name: Name) -> list[Dictionary]:
    members = resources.get(name)
    if not isinstance(members, Dictionary):
        return []
    return [one for one in (members[key] for key in members.keys()) if isinstance(one, Dictionary)]  # noqa: SIM118 - no Python dict


def _descendants(font: Object) -> list[Dictionary]:
    descendants = font.get(Name.DescendantFonts)
    return [one for one in descendants if isinstance(one, Dictionary)] if isinstance(descendants, pikepdf.Array) else []
