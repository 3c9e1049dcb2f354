#!/usr/bin/env bash
# Exports the same listing with curl and jq, one process of each for every page. `curl_jq.sh OUTPUT`
set -euo pipefail

token=
: >"$1"
while true; do
    page=$(curl -sSf -H "x-api-key: $HEYGEN_API_KEY" -G "$HEYGEN_API_BASE/v1/video.list" \
        -d limit=100 ${token:+--data-urlencode "token=$token"})
    # The last line is the token.
    lines=$(jq -r '(.data.videos[] | tojson), .data.token' <<<"$page")
    token=${lines##*$'\n'}
    printf '%s\n' "${lines%$'\n'*}" >>"$1"
    [ "$token" != null ] || break
done
