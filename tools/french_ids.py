"""Numbers that French companies carry, with their check digits: SIREN, VAT number, IBAN."""


def is_siren(number: str) -> bool:
    """Whether nine digits form a SIREN: every second one from the right is doubled (Luhn)."""
    if len(number) != 9 or not number.isdigit():
        return False
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in number[::-2])) % 10 == 0


def vat_number(siren: str) -> str:
    """Return the French VAT number that belongs to a SIREN. Raises ValueError if that is none."""
    if not is_siren(siren):
        raise ValueError(f"{siren} is not a SIREN")
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def french_iban(bank: str, branch: str, account: str) -> str:
    """Return an IBAN in groups of four: 5 digits of bank, 5 of branch, 11 of account."""
    national_key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    national = f"{bank}{branch}{account}{national_key:02d}"
    as_digits = int(f"{national}{_digits('FR')}00")
    iban = f"FR{98 - as_digits % 97:02d}{national}"
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def _digits(letters: str) -> str:
    return "".join(str(int(letter, 36)) for letter in letters)
