#!/usr/bin/env bash
# Puts Prometheus and its promtool into a folder, out of Debian's package and without its service: programs.sh FOLDER
set -euo pipefail
target=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq prometheus 2>/dev/null || { apt-get update -qq && apt-get download -qq prometheus; }
dpkg-deb --extract prometheus_*.deb .
install -m 755 usr/bin/prometheus usr/bin/promtool "$target"
