"""Fonts, images and whole resources that many pages of a PDF hold are kept once (ISO 32000-1, 7.8.3)."""

import hashlib

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

# Deeper than any font or image goes; a form that holds itself would go for ever.
_DEEPEST = 12
# What every reference to an object ends in (ISO 32000-1, 7.3.10).
_REFERENCE = b" R"


class SharedResources:
    """What pages of one PDF hold, by what is in it: all that it leads to, to the last byte."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._seen: dict[bytes, Object] = {}
        self._known: dict[tuple[int, int], bytes] = {}

    def share(self, page: Object) -> None:
        """Let a page's resources, or its fonts and images, be those of an earlier page where they are the same.

        Its size too, in memory only: four numbers of twenty thousand pages are a tenth of all that there is.
        """
        size = page.get(Name.MediaBox)
        if size is not None:
            page[Name.MediaBox] = self._seen.setdefault(self._digest(size, 0), size)
        resources = page.get(Name.Resources)
        if not isinstance(resources, Dictionary):
            return
        digest = self._digest(resources, 0)
        if digest in self._seen:
            page[Name.Resources] = self._seen[digest]
            return
        if not resources.is_indirect:
            resources = page[Name.Resources] = self._pdf.make_indirect(resources)
        self._seen[digest] = resources
        for kind in (Name.Font, Name.XObject):
            members = resources.get(kind)
            if isinstance(members, Dictionary):
                for name in list(members.keys()):
                    # Only what stands by itself can be led to from elsewhere.
                    if members[name].is_indirect:
                        members[name] = self._seen.setdefault(self._digest(members[name], 0), members[name])

    def _digest(self, value: object, depth: int) -> bytes:
        """Return the same bytes for the same content, wherever it stands."""
        key = value.objgen if isinstance(value, Object) and value.is_indirect else None
        if key is not None and key in self._known:
            return self._known[key]
        sha = hashlib.sha256()
        if depth > _DEEPEST:
            sha.update(repr((id(self), len(self._known), depth)).encode())
        elif isinstance(value, Dictionary | Array) and _REFERENCE not in (text := value.unparse(resolved=True)):
            # It leads nowhere: widths of characters by the hundred, most often.
            sha.update(text)
        elif isinstance(value, Dictionary | Stream):
            for name in sorted(value.keys()):
                if name != "/Length":
                    sha.update(name.encode("utf-8", "surrogateescape") + b"=" + self._digest(value[name], depth + 1))
            if isinstance(value, Stream):
                sha.update(b"stream" + value.read_raw_bytes())
        elif isinstance(value, Array):
            for item in value:
                sha.update(b"," + self._digest(item, depth + 1))
        else:
            sha.update(f"{type(value).__name__}:{value!r}".encode())
        digest = sha.digest()
        if key is not None and depth <= _DEEPEST:
            self._known[key] = digest
        return digest
