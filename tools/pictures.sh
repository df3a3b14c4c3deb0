#!/bin/sh
# Draws the pictures of the docs from a finished sample: what Calc shows on a screen, a letter, the invoice behind it.
# Usage: tools/pictures.sh BIN   (needs soffice, Xvfb, xdotool, xwd, pdftoppm, ImageMagick's convert, gio, xterm and chromium)
set -eu
bin=$1
work=$(mktemp -d)
screen=:97
Xvfb $screen -screen 0 1920x1040x24 >/dev/null 2>&1 &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
day=2026-11-24
"$bin/relance-xl" -d "$work/essai" init --sample >/dev/null
"$bin/relance-xl" -d "$work/essai" export --tick best --date $day >/dev/null
# What somebody would have filled in.
"$bin/python" - "$work/essai/relances.xlsx" <<'PY'
import datetime, sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
def fill(sheet, header, named, whose, **cells):
    sheet = book[sheet]
    titles = {str(cell.value): cell.column for cell in sheet[header]}
    row = next(cell.row for cell in sheet[openpyxl.utils.get_column_letter(titles[named])] if cell.value == whose)
    for title, value in cells.items():
        sheet.cell(row, titles[title]).value = value
fill("Relances", 5, "N° facture", "FA2026-0271", **{"Par email": None, "Suspension": "promesse", "Jusqu'au": datetime.date(2026, 12, 4), "Commentaire": "M. Van den Hout, au téléphone"})
fill("Relances", 5, "N° facture", "FA2026-0322", **{"Par email": "non", "Par téléphone": "x"})
fill("Clients", 1, "Client", "Dupont & Fils <SARL>", Emails="compta@dupont.example", Contact="Mme Roy", Téléphone="04 78 00 00 00")
fill("Clients", 1, "Client", "École de musique La Clé", Relances="jamais", Notes="Association : le trésorier passe payer")
fill("Clients", 1, "Client", "Hôtel de l'Écluse", Mode="courrier")
book.save(sys.argv[1])
PY
"$bin/relance-xl" -d "$work/essai" export --date $day >/dev/null

# Calc shows dates and amounts as in France, and asks nothing when it begins.
mkdir -p "$work/fresh/user"
cat >"$work/fresh/user/registrymodifications.xcu" <<'XCU'
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>fr-FR</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="ShowTipOfTheDay" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Setup/Product"><prop oor:name="WhatsNew" oor:op="fuse"><value>false</value></prop></item>
</oor:items>
XCU

show() { # show NAME=CROP …: the sheets on a screen, one after the other from the one that opens; NAME -: passed over
    # A profile of its own: one that was killed is not asked to recover anything.
    rm -rf "$work/profile" && cp -r "$work/fresh" "$work/profile"
    DISPLAY=$screen setsid soffice -env:UserInstallation="file://$work/profile" --nologo --norestore --calc \
        "$work/essai/relances.xlsx" >/dev/null 2>&1 &
    office=$!
    sleep 25
    for picture in "$@"; do
        name=${picture%%=*}
        if [ "$name" != - ]; then
            DISPLAY=$screen xwd -root -silent | convert xwd:- -crop "${picture#*=}" +repage -colors 64 "docs/pictures/$name.png"
        fi
        DISPLAY=$screen xdotool key ctrl+Next
        sleep 3
    done
    kill -- "-$office" 2>/dev/null || true
    wait $office 2>/dev/null || true
    sleep 5
    rm -f "$work"/essai/.~lock*
}

mkdir -p docs/pictures
show relances=1920x560+0+0
convert docs/pictures/relances.png -crop 1070x450+800+110 +repage docs/pictures/relances-choix.png
"$bin/relance-xl" -d "$work/essai" send --yes --date $day >/dev/null 2>&1 || test $? -eq 1
"$bin/relance-xl" -d "$work/essai" export --date 2026-12-08 >/dev/null 2>&1
show -= clients=1920x560+0+0 appels=1920x330+0+0 tableau-de-bord=1920x900+0+0 historique=1920x560+0+0 fiche-client=1920x700+0+0 \
    -= mode-d-emploi=1920x1000+0+0
for page in 1 2; do
    pdftoppm -r 80 -f $page -l $page -png -singlefile "$work/essai/lots/$day-001/courriers.pdf" "$work/page$page"
done
convert "$work/page1.png" -bordercolor '#ccc' -border 1 -colors 64 docs/pictures/courrier.png
convert "$work/page2.png" -bordercolor '#ccc' -border 1 -colors 64 docs/pictures/facture.png

# Without a terminal: a double-click, Calc's menu in a home of its own, the page that answers a request.
"$bin/relance-xl" -d "$work/relances" init --sample >/dev/null
# The workbook that it opens would cover its window.
mkdir "$work/bin" && printf '#!/bin/sh\n' >"$work/bin/xdg-open" && chmod +x "$work/bin/xdg-open"
PATH="$work/bin:$PATH" DISPLAY=$screen gio launch "$work/relances/1 Mettre à jour.desktop" 2>/dev/null
sleep 6
DISPLAY=$screen xwd -root -silent | convert xwd:- -crop 484x200+0+0 +repage -colors 64 docs/pictures/double-clic.png
DISPLAY=$screen xdotool key Return
"$bin/python" - "$work/relances/relances.xlsx" <<'PY'
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
sheet = book["Relances"]
for row in (6, 8, 9, 10):
    sheet.cell(row, 11).value = "x"
sheet["J2"] = "envoyer 4"
book.save(sys.argv[1])
PY
"$bin/relance-xl" -d "$work/relances" watch --once --interval 0.3 >/dev/null 2>&1
chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/chromium" --window-size=1100,560 \
    --screenshot="$work/page.png" "file://$work/relances/lots/compte-rendu.html" >/dev/null 2>&1
convert "$work/page.png" -colors 64 docs/pictures/compte-rendu.png
# LibreOffice takes no extension from root, who is nobody in a user namespace.
as_user=$(test "$(id -u)" -ne 0 || echo "unshare -U")
export HOME="$work/home"
mkdir -p "$HOME/.config/libreoffice/4/user"
cp "$work/fresh/user/registrymodifications.xcu" "$HOME/.config/libreoffice/4/user/"
$as_user "$bin/relance-xl" calc-menu >/dev/null
DISPLAY=$screen setsid $as_user soffice --nologo --norestore --calc "$work/relances/relances.xlsx" >/dev/null 2>&1 &
office=$!
sleep 25
DISPLAY=$screen xdotool mousemove 200 380 click 1 mousemove 400 9 click 1
sleep 2
DISPLAY=$screen xwd -root -silent | convert xwd:- -crop 1366x460+0+0 +repage -colors 64 docs/pictures/menu-calc.png
kill -- "-$office" 2>/dev/null || true
