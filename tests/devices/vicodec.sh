#!/bin/bash
# Adds the kernel's codec test driver (vicodec) to the VM's modules: Debian's kernel has neither it nor the mem2mem
# framework below it. vicodec.sh VM_CACHE. Needs what the VM's own scripts need, and the source package's download once.
set -euo pipefail
cache=$1 rel=$(cat "$1/release")
tree=$cache/root
headers=$cache/kbuild/usr/src/linux-headers-$rel
extra=$tree/lib/modules/$rel/extra
[ ! -f "$extra/vicodec.ko" ] || exit 0
work=$(mktemp -d -p "$cache"); trap 'rm -rf "$work"' EXIT
series=${rel%.*} version=$(basename "$cache"/debs/linux-image-"$rel"_*.deb | cut -d_ -f2)
(cd "$work" && apt-get download -q "linux-source-$series=$version" >/dev/null 2>&1)
mkdir "$work/m2m"
dpkg-deb --fsys-tarfile "$work"/linux-source-*.deb | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
    tar -xJO --wildcards '*/drivers/media/v4l2-core/v4l2-mem2mem.c' >"$work/m2m/v4l2-mem2mem.c"
echo 'obj-m := v4l2-mem2mem.o' >"$work/m2m/Makefile"
make -s -C "$headers" M="$work/m2m" modules
cp -r "$cache/src/drivers/media/test-drivers/vicodec" "$work/vicodec"
make -s -C "$headers" M="$work/vicodec" CONFIG_VIDEO_VICODEC=m KBUILD_EXTRA_SYMBOLS="$work/m2m/Module.symvers" modules
mkdir -p "$extra"
for module in m2m/v4l2-mem2mem vicodec/vicodec; do strip -g -o "$extra/${module#*/}.ko" "$work/$module.ko"; done
depmod -b "$tree" "$rel"
