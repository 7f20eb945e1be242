#!/usr/bin/env bash
# Gets the library DuckDB, which SelectObjectContent queries objects with, into build/lib. Does nothing when it is there; what was fetched once
# (24 MB, from npm's registry, whose package has the library as DuckDB's authors build it) is kept in the user's cache.
source "$(dirname "$0")/strict.sh"
version=1.5.6-r.1
library=${SAGEBRUSH_BUILD_DIR:-build}/lib/libduckdb.so
case $(uname -m) in
  x86_64)
    package=node-bindings-linux-x64
    sha512=21772b64913a904a8cd19e30c1d5671811d7fdface4b7dd53cd0300d743f43e16cf386f4e7c41ef78721ac208870d2651bc6375072145387817824315b998dd5
    ;;
  *)
    say "DuckDB is not fetched for $(uname -m): SelectObjectContent answers an error that says so."
    exit 0
    ;;
esac
[ "$(cat "$library.version" 2> /dev/null || true)" != "$version" ] || [ ! -f "$library" ] || exit 0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sagebrush/duckdb
archive=$cache/$package-$version.tgz
is_whole() { echo "$sha512  $archive" | sha512sum --check --status 2> /dev/null; }
mkdir -p "$cache" "$(dirname "$library")"
if ! is_whole; then
  say "Fetching DuckDB $version (24 MB)"
  curl --fail --silent --show-error --location --retry 3 --output "$archive.part" \
    "https://registry.npmjs.org/@duckdb/$package/-/$package-$version.tgz"
  mv "$archive.part" "$archive"
  is_whole || { say "$archive is not the file that was pinned: delete it and try again."; false; }
fi
tar --extract --gzip --file "$archive" --to-stdout package/libduckdb.so > "$library.part"
chmod 644 "$library.part"
mv "$library.part" "$library"
tar --extract --gzip --file "$archive" --to-stdout package/LICENSE > "$library.LICENSE"
echo "$version" > "$library.version"
