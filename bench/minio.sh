#!/usr/bin/env bash
# The peer of the object store: MinIO, built from its Go module. Prints where the program is.
# usage: bench/minio.sh    (GiB of packages and minutes the first time; kept in build/minio)
source "$(dirname "$0")/../tools/strict.sh"
version=v0.0.0-20260212201848-7aac2a2c5b7c
folder=$PWD/build/minio/$version
if [ ! -x "$folder/minio" ]; then
  GOBIN=$folder GOPATH=$PWD/build/minio/go GOFLAGS=-modcacherw go install "github.com/minio/minio@$version" 1>&2
  rm -rf "$PWD/build/minio/go"
fi
echo "$folder/minio"
