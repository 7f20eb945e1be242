#!/usr/bin/env bash
# Packs what is built into build/sagebrush_VERSION_ARCHITECTURE.deb. usage: tools/deb.sh, after `make build`
source "$(dirname "$0")/strict.sh"
build=${SAGEBRUSH_BUILD_DIR:-build}
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")
architecture=$(dpkg --print-architecture)
package=$build/sagebrush_${version}_$architecture.deb
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/debian/sagebrush
mkdir -p "$tree"/{DEBIAN,usr/bin,usr/lib/systemd/system,usr/share/doc/sagebrush}

say "Packing $package"
DESTDIR=$tree cmake --install "$build" --strip > "$work/install.log" || { tail "$work/install.log" >&2; false; }
ln -s ../lib/sagebrush/bin/sagebrush "$tree/usr/bin/sagebrush"
cp deploy/debian/sagebrush.service "$tree/usr/lib/systemd/system"
cp deploy/debian/copyright README.md docs/security.md "$tree/usr/share/doc/sagebrush"
cp deploy/debian/{postinst,prerm,postrm} "$tree/DEBIAN"
chmod -R u=rwX,go=rX "$tree"

# The Debian packages of all libraries that the programs and the shipped libraries link; the supervisor links none. What it finds to remark
# (libraries of others that link more than they use) is for the one who looks into a failure.
printf 'Source: sagebrush\n\nPackage: sagebrush\nArchitecture: any\n' > "$work/debian/control"
mapfile -t programs <<< "$(cd "$work" && find debian/sagebrush -type f \( -name sagebrush -o -name sagebrush-algorithms -o -name sagebrush-select -o -name '*.so*' \) -printf '-e%p\n')"
own=debian/sagebrush/usr/lib/sagebrush/lib
libraries=$(cd "$work" && dpkg-shlibdeps -O "-l$own/pyarrow" "-l$own/xgboost_cpu.libs" "${programs[@]}" 2> shlibdeps.log) ||
  { cat "$work/shlibdeps.log" >&2; false; }
libraries=${libraries#shlibs:Depends=}
kilobytes=$(du -sk "$tree" | cut -f1)
sed -e "s/@version@/$version/" -e "s/@architecture@/$architecture/" -e "s/@kilobytes@/$kilobytes/" -e "s/@libraries@/$libraries/" \
  deploy/debian/control.in > "$tree/DEBIAN/control"
rm -f "$build"/sagebrush_*.deb
dpkg-deb --root-owner-group -Zzstd --build "$tree" "$package" > /dev/null
say "$package: $(du -h "$package" | cut -f1). Install it with: apt install --no-install-recommends ./$package"
