"""The colours that pages mean: what a file says of them for all of its pages goes along with the pages.

A file's output intent (ISO 32000-1, 14.11.5) gives the device colours of its pages their meaning, CMYK above all.
"""

import hashlib
from collections.abc import Iterable

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from relance_xl.letters.pages.archival import is_srgb, output_intents

# The default colour spaces by which a page says what device colours of so many components mean (8.6.5.6).
_DEFAULTS = {1: Name.DefaultGray, 3: Name.DefaultRGB, 4: Name.DefaultCMYK}
_CMYK = 4


class JoinedColours:
    """The colours of a file that is being joined.

    What the first file in CMYK means by it is said for the whole file, as it was there; pages that mean another thing,
    and those in other device colours, say so themselves.
    """

    def __init__(self, joined: Pdf) -> None:
        self._joined = joined
        self._cmyk = b""
        self._usual: set[bytes] = set()
        self._profiles: dict[bytes, Object] = {}

    def take(self, document: Pdf, pages: Iterable[Object]) -> None:
        """Let pages that were taken from a document into the joined file keep their colours."""
        for intent in output_intents(document):
            profile = intent.get(Name.DestOutputProfile)
            if not isinstance(profile, Stream):
                continue
            digest = hashlib.sha256(profile.read_raw_bytes()).digest()
            if digest in self._usual or is_srgb(profile):
                # What everybody takes device colours for.
                self._usual.add(digest)
                continue
            components = int(profile.get(Name.N, 0))
            if components == _CMYK and self._cmyk in {b"", digest}:
                if not self._cmyk:
                    self._say_for_all(intent)
                self._cmyk = digest
            elif components in _DEFAULTS:
                if digest not in self._profiles:
                    self._profiles[digest] = self._joined.copy_foreign(profile)
                for page in pages:
                    self._say(page, _DEFAULTS[components], self._profiles[digest])

    def _say_for_all(self, intent: Object) -> None:
        intents = self._joined.Root.get(Name.OutputIntents)
        if not isinstance(intents, Array):
            intents = self._joined.Root[Name.OutputIntents] = Array([])
        own = Dictionary({key: value for key, value in intent.items() if isinstance(value, String | Name)})
        own[Name.DestOutputProfile] = self._joined.copy_foreign(intent.DestOutputProfile)
        intents.append(own)

    def _say(self, page: Object, default: Name, profile: Object) -> None:
        resources = page.get(Name.Resources)
        if not isinstance(resources, Dictionary):
            resources = page[Name.Resources] = Dictionary()
        spaces = resources.get(Name.ColorSpace)
        if not isinstance(spaces, Dictionary):
            spaces = resources[Name.ColorSpace] = Dictionary()
        if default not in spaces:
            spaces[default] = Array([Name.ICCBased, profile])
