#!/bin/bash
# bench/pipeline.sh QUERY TABLE: what people write with the tools at hand. Export the query, cut the file into
# bodies of 5 MB, each with the header, upload four at a time, put the ids beside the answers, import.
# The first column of the query is the id. The server is named by PGHOST and so on, the deployment by URL,
# TOKEN, KEY. Prints the seconds it took. No value may hold a line feed, and no id a comma.
set -euo pipefail

dir=$(mktemp -d "${TMPDIR:-/tmp}/pipeline.XXXXXX")
trap 'rm -rf -- "$dir"' EXIT
cd "$dir"
start=${EPOCHREALTIME/[.,]/}

psql -Xq -c "\\copy ($1) to all.csv csv header"
head -n 1 all.csv >header
# shellcheck disable=SC2016 # split's own variable
tail -n +2 all.csv | split -C 5000000 -a 4 --filter='cat header - >$FILE' - part.
printf '%s\n' part.* | xargs -P 4 -I '{}' curl -sS --fail -o 'answer.{}' -H "Authorization: Bearer $TOKEN" \
	-H "datarobot-key: $KEY" -H 'Content-Type: text/csv' -H 'Accept: text/csv' --data-binary '@{}' "$URL"
paste -d , <(tail -n +2 all.csv | cut -d , -f 1) <(tail -q -n +2 answer.*) >scored.csv
psql -Xq -c "\\copy $2 from scored.csv csv"

echo $(((${EPOCHREALTIME/[.,]/} - start) / 1000)) | sed -E 's/^(.*)(...)$/\1.\2/'
