#!/usr/bin/env bash
# Builds the image of deploy/container/Dockerfile without an image registry: on base images made of this machine's Node and npm.
# usage: scripts/local-image.sh IMAGE PODMAN [OPTION...], as in: scripts/local-image.sh localhost/trustctl podman --storage-driver vfs
set -euo pipefail
cd "$(dirname "$0")/.."
image=$1
podman=("${@:2}")

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# A program at a path below a new root, and the libraries that it loads.
put() {
  local program=$1 place=$2 library
  install -D "$program" "$place"
  for library in $(ldd "$program" | grep -Eo '/[^ ]+'); do
    [ -e "$base$library" ] || install -D "$(readlink -f "$library")" "$base$library"
  done
}

# What the runtime image has: Node, and no shell.
base=$root/runtime
mkdir -p "$base"/{dev,etc,proc,sys,tmp}
put "$(node -p process.execPath)" "$base/nodejs/bin/node"
tar -C "$base" -c . | "${podman[@]}" import - localhost/trustctl-runtime

# What the build image has: Node, npm and a shell, and the certificates that npm needs on this machine.
base=$root/build
mkdir -p "$base"/{bin,dev,etc,proc,root,sys,tmp,usr/bin,usr/local/lib}
put "$(node -p process.execPath)" "$base/usr/bin/node"
put "$(readlink -f /bin/sh)" "$base/bin/sh"
put "$(type -P env)" "$base/usr/bin/env"
cp -r "$(npm root -g)/npm" "$base/usr/local/lib/npm"
ln -s ../local/lib/npm/bin/npm-cli.js "$base/usr/bin/npm"
change=()
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  cp -L "$NODE_EXTRA_CA_CERTS" "$base/etc/ca.pem"
  change=(--change ENV=NODE_EXTRA_CA_CERTS=/etc/ca.pem)
fi
tar -C "$base" -c . | "${podman[@]}" import "${change[@]}" - localhost/trustctl-build

"${podman[@]}" build --isolation chroot --network host --layers=false \
  --volume "$(npm config get cache):/root/.npm" \
  --build-arg BUILD_IMAGE=localhost/trustctl-build --build-arg RUNTIME_IMAGE=localhost/trustctl-runtime \
  --file deploy/container/Dockerfile --tag "$image" .
