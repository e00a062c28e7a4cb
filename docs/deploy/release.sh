#!/bin/sh
# Builds static binaries of psnode and psim for all platforms, and Debian packages for Linux, into DIR (dist), with checksums:
# docs/deploy/release.sh [VERSION] [DIR]. Building again from the same commit with the same Go gives the same bytes.
set -eu
cd "$(dirname "$0")/../.."
version=${1:-0.0.0~$(git show -s --format=%cd --date=format:%Y%m%d HEAD).$(git rev-parse --short=10 HEAD)}
dist=${2:-dist}
SOURCE_DATE_EPOCH=$(git show -s --format=%ct HEAD)
export SOURCE_DATE_EPOCH CGO_ENABLED=0
rm -rf "$dist"
mkdir -p "$dist"

package() { # ARCH DIR: a Debian package of the binaries in DIR
	root=$(mktemp -d)
	install -D -m 755 "$2/psnode" "$root/usr/bin/psnode"
	install -D -m 755 "$2/psim" "$root/usr/bin/psim"
	install -D -m 644 docs/deploy/psnode.service "$root/lib/systemd/system/psnode.service"
	install -D -m 644 docs/deploy/debian/psnode.toml "$root/etc/psnode/psnode.toml"
	install -D -m 644 LICENSE "$root/usr/share/doc/psnode/copyright"
	install -D -m 644 docs/deploy/README.md "$root/usr/share/doc/psnode/README.md"
	install -d "$root/usr/share/bash-completion/completions" "$root/DEBIAN"
	bin/psnode completion bash >"$root/usr/share/bash-completion/completions/psnode"
	chmod 644 "$root/usr/share/bash-completion/completions/psnode"
	bin/psnode config >"$root/usr/share/doc/psnode/psnode.toml.example"
	chmod 644 "$root/usr/share/doc/psnode/psnode.toml.example"
	size=$(du -sk "$root" | cut -f1)
	sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$1/" -e "s/@SIZE@/$size/" docs/deploy/debian/control >"$root/DEBIAN/control"
	echo /etc/psnode/psnode.toml >"$root/DEBIAN/conffiles"
	install -m 755 docs/deploy/debian/postinst docs/deploy/debian/prerm docs/deploy/debian/postrm "$root/DEBIAN/"
	chmod 755 "$root" "$root/DEBIAN"
	find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	dpkg-deb --root-owner-group --build "$root" "$dist/psnode_${version}_$1.deb" >/dev/null
	rm -rf "$root"
}

go build -trimpath -ldflags "-X main.release=$version" -o bin/ ./cmd/psnode
for target in linux/amd64 linux/arm64 linux/arm darwin/amd64 darwin/arm64 windows/amd64; do
	os=${target%/*} arch=${target#*/} ext=
	name=peerstreamer-$version-$os-$arch
	[ "$arch" = arm ] && name=${name}v7
	[ "$os" = windows ] && ext=.exe
	for cmd in psnode psim; do
		GOOS=$os GOARCH=$arch GOARM=7 go build -trimpath -ldflags "-s -w -X main.release=$version" \
			-o "$dist/$name/$cmd$ext" "./cmd/$cmd"
	done
	cp LICENSE README.md "$dist/$name/"
	if [ "$os" = linux ] && command -v dpkg-deb >/dev/null; then
		case $arch in arm) deb=armhf ;; *) deb=$arch ;; esac
		package "$deb" "$dist/$name"
	fi
	tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$dist" -cf - "$name" |
		gzip -9n >"$dist/$name.tar.gz"
	rm -r "${dist:?}/$name"
done
(cd "$dist" && sha256sum -- * >SHA256SUMS)
ls -l "$dist"
