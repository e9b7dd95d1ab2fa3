#!/bin/sh
# Builds and runs the C++ tests of the numeric kernels: sh cpp/test/build.sh [bench]
set -e
here=$(cd "$(dirname "$0")/.." && pwd)
out=${FASTTS_TEST_BUILD:-${TMPDIR:-/tmp}/fastts-cpp-test}
cxx=${CXX:-g++}
flags="-O3 -std=c++17 -pthread -Wall -Wextra -I$here ${CXXFLAGS:-}"
mkdir -p "$out"

objects=
compile() {  # source, object, flags
  [ "$out/$2" -nt "$1" ] && [ -z "$(find "$here" -name '*.h' -newer "$out/$2")" ] || $cxx $flags $3 -c "$1" -o "$out/$2"
  objects="$objects $out/$2"
}

case $(uname -m) in
  x86_64 | amd64)
    sets='portable: avx2:-mavx2,-mfma,-mf16c avx512:-mavx512f,-mavx512bw,-mavx512dq,-mavx512vl,-mavx2,-mfma,-mf16c' ;;
  *) sets='portable: neon:' ;;
esac
for name in micro/micro micro/pack conv/depthwise winograd/winograd moments/row_moments; do
  for set in $sets; do
    isa=${set%%:*}
    upper=$(echo "$isa" | tr a-z A-Z)
    # GCC 12 takes its own AVX-512 headers for uses of uninitialised values.
    compile "$here/$name.isa.cc" "$(echo "$name" | tr / -).$isa.o" \
      "$(echo "${set#*:}" | tr , ' ') -Wno-maybe-uninitialized -DFASTTS_ISA_NS=$isa -DFASTTS_ISA_$upper=1"
  done
done
for path in "$here"/*/*.cc; do
  name=${path#"$here"/}
  name=${name%.cc}
  case $name in addon/* | kernels/* | test/* | *.isa) continue ;; esac
  compile "$here/$name.cc" "$(echo "$name" | tr / -).o" ''
done
for program in kernels_test kernels_bench; do
  [ -f "$here/test/$program.cc" ] || continue
  $cxx $flags "$here/test/$program.cc" $objects -ldl -o "$out/$program"
done
if [ "$1" = bench ]; then shift; exec "$out/kernels_bench" "$@"; fi
exec "$out/kernels_test" "$@"
