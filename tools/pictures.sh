#!/bin/sh
# Draws the pictures of the docs from a finished sample: what Calc shows, a letter, the invoice behind it, a terminal.
# Usage: tools/pictures.sh BIN   (needs soffice, pdftoppm and ImageMagick's convert)
set -eu
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
day=2026-11-24
"$bin/relance-xl" -d "$work/essai" init --sample >/dev/null
"$bin/relance-xl" -d "$work/essai" export --tick best --date $day >/dev/null

# Calc shows dates and amounts as in France.
mkdir -p "$work/profile/user"
cat >"$work/profile/user/registrymodifications.xcu" <<'XCU'
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>fr-FR</value></prop></item>
</oor:items>
XCU

draw() { # draw NAME PAGE CROP: one page of the workbook as Calc prints it, cut to its upper part
    soffice -env:UserInstallation="file://$work/profile" --headless --convert-to pdf --outdir "$work" \
        "$work/essai/relances.xlsx" >/dev/null 2>&1
    pdftoppm -r 400 -f "$2" -l "$2" -png -singlefile "$work/relances.pdf" "$work/$1"
    convert "$work/$1.png" -crop "$3" +repage -resize 1500x -colors 64 "docs/pictures/$1.png"
}

mkdir -p docs/pictures
draw relances 1 2300x760+130+180
draw relances-choix 1 2300x760+2100+180
"$bin/relance-xl" -d "$work/essai" send --yes --date $day >/dev/null 2>&1 || test $? -eq 1
"$bin/relance-xl" -d "$work/essai" export --date 2026-12-08 >/dev/null 2>&1
draw historique 3 4400x1000+130+130
draw fiche-client 4 4400x1100+130+150
draw tableau-de-bord 2 4300x2120+100+180
draw mode-d-emploi 6 3307x3200+0+150
for page in 1 2; do
    pdftoppm -r 80 -f $page -l $page -png -singlefile "$work/essai/lots/$day-001/courriers.pdf" "$work/page$page"
done
convert "$work/page1.png" -bordercolor '#ccc' -border 1 -colors 64 docs/pictures/courrier.png
convert "$work/page2.png" -bordercolor '#ccc' -border 1 -colors 64 docs/pictures/facture.png
