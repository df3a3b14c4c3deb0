"""An .xlsx file as its zip parts (ECMA-376 part 2): changed parts are replaced, all others kept byte for byte."""

import copy
import hashlib
import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _

#: Bounds that no honest workbook reaches: the parts together, unpacked (bytes), and how many there are.
MAX_UNPACKED = 1_000_000_000
MAX_PARTS = 20_000
_CHUNK = 1 << 18
# How hard to pack: level 1 is three times as fast as the usual 6, and a fifth larger (measured on 60 MB of rows).
_FAST = 1

# What unpacking raises for parts that are damaged or packed in a way that nobody packs workbooks.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError)

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STRICT_NAMESPACE = b"http://purl.oclc.org/ooxml/"
# Entities are the one way in which XML itself reaches out or explodes.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False)

RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
#: The part that says of what kind each part is (ECMA-376 part 2, 7.2.3.2).
TYPES = "[Content_Types].xml"


def parse_xml(data: bytes) -> etree._Element:
    """Parse a part. Raises lxml.etree.XMLSyntaxError."""
    return etree.fromstring(data, _PARSER)


def serialise(root: etree._Element) -> bytes:
    """Return a part's bytes."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


@dataclass(slots=True)
class Package:
    """The parts of a workbook as it was read, and those replaced since."""

    path: Path
    data: bytes
    _archive: zipfile.ZipFile
    _replaced: dict[str, bytes] = field(default_factory=dict)
    _written: dict[str, Callable[[], Iterator[bytes]]] = field(default_factory=dict)
    _removed: set[str] = field(default_factory=set)
    # The parts that were unpacked to their end, where their checksum is compared.
    _proven: set[str] = field(default_factory=set)
    # The names as the file writes them, by what they are for everybody: capitals do not count (ECMA-376 part 2, 6.3.5).
    _spelled: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note how the file writes its parts' names."""
        self._spelled.update((name.casefold(), name) for name in self._archive.namelist())

    @property
    def digest(self) -> str:
        """The SHA-256 of the file as it was read."""
        return hashlib.sha256(self.data).hexdigest()

    def names(self) -> tuple[str, ...]:
        """Return the part names in zip order, new ones last."""
        kept = [info.filename for info in self._archive.infolist() if info.filename not in self._removed]
        return (*kept, *(name for name in self._replaced if name not in kept))

    def spelled(self, name: str) -> str:
        """Return a part's name with the capitals that the file gives it; of one that is not there, as it is."""
        return self._spelled.get(name.casefold(), name)

    def has(self, name: str) -> bool:
        """Whether there is a part of a name, whatever its capitals."""
        name = self.spelled(name)
        return name in self._replaced or (name in self._archive.NameToInfo and name not in self._removed)

    def part(self, name: str) -> bytes:
        """Return a part's bytes. Raises KeyError where there is none, EditsError where it cannot be unpacked."""
        name = self.spelled(name)
        return self._replaced[name] if name in self._replaced else b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a part's bytes as it was read or replaced, piece by piece. Raises KeyError and EditsError."""
        name = self.spelled(name)
        if name in self._removed:
            raise KeyError(name)
        if name in self._replaced:
            yield self._replaced[name]
            return
        try:
            with self._archive.open(name) as part:
                while chunk := part.read(_CHUNK):
                    yield chunk
            self._proven.add(name)
        except _UNREADABLE as error:
            raise damaged(self.path, [name]) from error

    def prove(self) -> None:
        """Raise EditsError where any part is damaged: those that were read are known not to be, the others are unpacked.

        Parts that nobody reads are copied as they are packed: what is damaged there would be carried on unseen.
        """
        broken = [name for name in self._archive.namelist() if name not in self._proven and not self._is_sound(name)]
        if broken:
            raise damaged(self.path, broken)

    def _is_sound(self, name: str) -> bool:
        try:
            with self._archive.open(name) as part:
                while part.read(_CHUNK):
                    pass
        except _UNREADABLE:
            return False
        self._proven.add(name)
        return True

    def write_later(self, name: str, chunks: Callable[[], Iterator[bytes]]) -> None:
        """Let a part be written piece by piece when the package is packed: a large one is never whole in memory."""
        self._written[self.spelled(name)] = chunks

    def replace(self, name: str, data: bytes) -> None:
        """Set a part's bytes."""
        name = self._spelled.setdefault(name.casefold(), name)
        self._removed.discard(name)
        self._replaced[name] = data

    def is_in(self, path: Path) -> bool:
        """Whether a file still holds the very bytes that were read."""
        try:
            return path.read_bytes() == self.data
        except OSError:
            return False

    def remove(self, name: str) -> None:
        """Leave a part out."""
        self._removed.add(self.spelled(name))

    def packed(self) -> bytes:
        """Return the whole file, entries in their old order."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name, info in self._entries():
                if info is not None and name not in self._written and name not in self._replaced:
                    self._copy_packed(info, archive, target)
                else:
                    self._pack(name, info, archive, target)
        return target.getvalue()

    def _pack(self, name: str, info: zipfile.ZipInfo | None, archive: zipfile.ZipFile, target: io.BytesIO) -> None:
        """Pack a part that changed: its header first, and again once its sizes are known (APPNOTE 4.3.7)."""
        entry = zipfile.ZipInfo(name, info.date_time if info else (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = info.external_attr if info else 0
        entry.CRC = 0
        entry.header_offset = target.tell()
        target.write(entry.FileHeader(zip64=False))
        packer = zlib.compressobj(_FAST, zlib.DEFLATED, -zlib.MAX_WBITS)
        for chunk in self._written[name]() if name in self._written else (self.part(name),):
            entry.CRC = zlib.crc32(chunk, entry.CRC)
            entry.file_size += len(chunk)
            target.write(packer.compress(chunk))
        target.write(packer.flush())
        entry.compress_size = target.tell() - entry.header_offset - len(entry.FileHeader(zip64=False))
        self._list(entry, archive, target)
        target.seek(entry.header_offset)
        target.write(entry.FileHeader(zip64=False))
        target.seek(archive.start_dir)

    def _copy_packed(self, info: zipfile.ZipInfo, archive: zipfile.ZipFile, target: io.BytesIO) -> None:
        """Copy an entry as it is packed (APPNOTE 4.3.7): nothing is unpacked, nothing can change."""
        names, extra = struct.unpack_from("<HH", self.data, info.header_offset + 26)
        start = info.header_offset + 30 + names + extra
        packed = memoryview(self.data)[start : start + info.compress_size]
        entry = copy.copy(info)
        # Sizes are known now: no data descriptor follows (bit 3).
        entry.flag_bits &= ~0x08
        entry.header_offset = target.tell()
        target.write(entry.FileHeader(zip64=False))
        target.write(packed)
        self._list(entry, archive, target)

    @staticmethod
    def _list(entry: zipfile.ZipInfo, archive: zipfile.ZipFile, target: io.BytesIO) -> None:
        """Enter a part whose bytes were just written into the archive's directory, which follows the last part."""
        archive.filelist.append(entry)
        archive.NameToInfo[entry.filename] = entry
        archive.start_dir = target.tell()

    def _entries(self) -> Iterator[tuple[str, zipfile.ZipInfo | None]]:
        infos = {info.filename: info for info in self._archive.infolist()}
        for name in self.names():
            yield name, infos.get(name)


def open_package(path: Path, data: bytes) -> Package:
    """Return the package of a file's bytes. Raises EditsError for what is no workbook we can keep whole."""
    if data.startswith(_OLE_MAGIC):
        raise _unusable(
            path,
            _("it is protected by a password, or an old .xls file"),
            _("Save it as .xlsx without a password, under the same name."),
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        _check_bounds(path, archive)
        _check_kind(path, archive)
    except (KeyError, *_UNREADABLE) as error:
        raise _unusable(path, _("it is damaged or not a workbook"), _restore_advice()) from error
    return Package(path, data, archive)


def _check_bounds(path: Path, archive: zipfile.ZipFile) -> None:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(infos) > MAX_PARTS or sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise _unusable(path, _("it is far larger than any workbook of invoices"), _restore_advice())
    if len(set(names)) != len(names) or any(info.flag_bits & 1 for info in infos):
        raise _unusable(path, _("it is damaged or not a workbook"), _restore_advice())


def _check_kind(path: Path, archive: zipfile.ZipFile) -> None:
    if "mimetype" in archive.namelist():
        raise _unusable(
            path, _("it is an OpenDocument file"), _("Save it as .xlsx (Excel 2007-365), under the same name.")
        )
    for name in archive.namelist():
        if name.casefold().endswith("workbook.xml") and _STRICT_NAMESPACE in archive.read(name)[:4000]:
            raise _unusable(path, _("it is saved as “Strict Open XML”"), _("Save it as “Excel Workbook (.xlsx)”."))


def _restore_advice() -> str:
    return _("Take back an earlier copy: the last ones are in .relance/backups.")


def _unusable(path: Path, why: str, advice: str, parts: Sequence[str] = ()) -> EditsError:
    faults = [Fault(_("this part of the file is damaged"), part) for part in parts]
    return EditsError(_("{file} cannot be used: {why}.").format(file=path.name, why=why), faults, advice)


def damaged(path: Path, parts: Sequence[str] = ()) -> EditsError:
    """Return the error for a workbook that is a zip file, but whose parts do not fit together, or are damaged."""
    return _unusable(path, _("it is damaged or not a workbook"), _restore_advice(), parts)


def rels_name(part: str) -> str:
    """Return the name of a part's relationships part."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


_LINKS = f"{{{RELATIONSHIPS}}}Relationships"


@dataclass(slots=True)
class Relationships:
    """The links from one part to others or to files outside."""

    package: Package
    part: str
    root: etree._Element
    _last_number: int = 0
    _externals: dict[str, str] | None = None

    @classmethod
    def of(cls, package: Package, part: str) -> "Relationships":
        """Return a part's relationships, none where it has no such part yet. Raises EditsError for a damaged one."""
        name = package.spelled(rels_name(part))
        try:
            root = parse_xml(package.part(name))
        except KeyError:
            root = etree.Element(_LINKS, nsmap={None: RELATIONSHIPS})  # type: ignore[dict-item]  # the stubs forget the default namespace
        except etree.XMLSyntaxError as error:
            raise damaged(package.path, [name]) from error
        if root.tag != _LINKS:
            raise damaged(package.path, [name])
        return cls(package, part, root)

    def target(self, relationship_id: str) -> str:
        """Return the part name a relationship leads to. Raises KeyError."""
        for link in self.root:
            if link.get("Id") == relationship_id:
                return self._absolute(str(link.get("Target")))
        raise KeyError(relationship_id)

    def leads_somewhere(self, link: etree._Element) -> bool:
        """Whether a link leads out of the workbook or to a part that is there."""
        return link.get("TargetMode") == "External" or self.package.has(self._absolute(str(link.get("Target"))))

    def targets_of_type(self, ending: str) -> tuple[str, ...]:
        """Return the parts linked by a relationship type with that ending (`/styles`)."""
        return tuple(
            self._absolute(str(link.get("Target")))
            for link in self.root
            if str(link.get("Type")).endswith(ending) and link.get("TargetMode") != "External"
        )

    def external_id(self, kind: str, target: str) -> str:
        """Return the id of a link to a file outside the workbook, added if it is not there."""
        if self._externals is None:
            self._externals = {
                str(link.get("Target")): str(link.get("Id"))
                for link in self.root
                if link.get("TargetMode") == "External"
            }
            digits = [str(link.get("Id")).removeprefix("rId") for link in self.root]
            self._last_number = max((int(one) for one in digits if one.isdigit()), default=0)
        if target not in self._externals:
            self._last_number += 1
            new_id = self._externals[target] = f"rId{self._last_number}"
            etree.SubElement(
                self.root,
                f"{{{RELATIONSHIPS}}}Relationship",
                {"Id": new_id, "Type": kind, "Target": target, "TargetMode": "External"},
            )
        return self._externals[target]

    def internal_id(self, kind: str, part: str) -> str:
        """Return the id of a new link to a part of the workbook."""
        self._externals = None
        digits = [str(link.get("Id")).removeprefix("rId") for link in self.root]
        new_id = f"rId{max((int(one) for one in digits if one.isdigit()), default=0) + 1}"
        tag = f"{{{RELATIONSHIPS}}}Relationship"
        etree.SubElement(self.root, tag, {"Id": new_id, "Type": kind, "Target": f"/{part}"})
        return new_id

    def remove(self, relationship_ids: set[str]) -> None:
        """Remove links by id."""
        self._externals = None
        for link in list(self.root):
            if link.get("Id") in relationship_ids:
                self.root.remove(link)

    def remove_type(self, ending: str) -> None:
        """Remove all links of a type."""
        for link in list(self.root):
            if str(link.get("Type")).endswith(ending):
                self.root.remove(link)

    def store(self) -> None:
        """Write the links back into the package."""
        name = rels_name(self.part)
        if len(self.root):
            self.package.replace(name, serialise(self.root))
        elif self.package.has(name):
            self.package.remove(name)

    def _absolute(self, target: str) -> str:
        if target.startswith("/"):
            return self.package.spelled(target.lstrip("/"))
        return self.package.spelled(posixpath.normpath(posixpath.join(posixpath.dirname(self.part), target)))
