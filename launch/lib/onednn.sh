# shellcheck shell=bash
# Getting oneDNN 3. Sourced by setup; uses say.sh, find.sh and setup's `prefix` and `work`.

onednn_source=https://github.com/uxlfoundation/oneDNN

# Writes PREFIX/lib/pkgconfig/dnnl.pc: write_onednn_pc VERSION LIBDIR [INCLUDEDIR]. It is written last and in one
# move: where it stands, the rest is complete. Without INCLUDEDIR the compiler's own search path serves.
write_onednn_pc() {
  local folder=$prefix/lib/pkgconfig
  mkdir -p "$folder" || fail 73 "cannot write to $folder" "Choose another folder with --prefix DIR."
  {
    echo "libdir=$2"
    if (($# > 2)); then echo "includedir=$3"; fi
    printf '\nName: dnnl\nDescription: oneDNN, deep learning primitives for CPUs\nURL: %s\n' "$onednn_source"
    echo "Version: $1"
    echo "Libs: -L\${libdir} -ldnnl"
    if (($# > 2)); then echo "Cflags: -I\${includedir}"; fi
  } >"$folder/.dnnl.pc.$$"
  mv -f "$folder/.dnnl.pc.$$" "$folder/dnnl.pc"
  say "  wrote $folder/dnnl.pc (oneDNN $1)"
}

# Distributions' libdnnl-dev has no .pc file. Succeeds if such a oneDNN 3 is installed, having written one.
adopt_system_onednn() {
  local version library
  version=$(onednn_header_version /usr/include)
  library=$(library_path libdnnl.so)
  [[ $version == 3.* && -n $library ]] || return 1
  write_onednn_pc "$version" "$(realpath "${library%/*}")"
}

# The wheels are built for x86_64 and glibc; pip fetches, python3 unpacks.
wheels_fit() { [[ $(uname -m) == x86_64 ]] && loader_finds libc.so.6; }
has_pip() { has python3 && python3 -m pip --version >/dev/null 2>&1; }

# Whether FOLDER, or the nearest folder above it that exists, can be written.
is_writable() {
  local folder=$1
  until [[ -e $folder ]]; do folder=$(dirname "$folder"); done
  [[ -d $folder && -w $folder ]]
}

# Downloads the pinned wheels, unpacks them beside their place and moves them in when all of it is there.
install_onednn_wheels() {
  is_writable "$prefix" || fail 73 "cannot write to $prefix" "Choose another folder with --prefix DIR, or run as root."
  say "  python3 -m pip download onednn-cpu-gomp onednn-devel-cpu-gomp 2023.2.0 (checked by sha256)"
  python3 -m pip download --quiet --disable-pip-version-check --progress-bar off --retries 1 --no-deps \
    --require-hashes --only-binary :all: --dest "$work/wheels" --requirement "$root/launch/lib/onednn-wheels.txt" ||
    fail 69 "pip did not deliver oneDNN; its reason is above" \
      "Without a network: fetch both wheels of launch/lib/onednn-wheels.txt elsewhere (pip download -r does it)," \
      "put them into a folder and run: PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER $0"

  mkdir -p "$prefix"
  stage=$(mktemp -d "$prefix/.onednn.XXXXXX")
  python3 "$root/launch/lib/unpack_wheels.py" "$stage" "$work"/wheels/*.whl
  local version library
  version=$(onednn_header_version "$stage/include")
  library=$(basename "$stage"/lib/libdnnl.so.*)
  [[ $version == 3.* && -f $stage/lib/$library ]] ||
    fail 70 "the oneDNN wheels do not hold what they should" "got headers '$version' and library '$library'"

  mkdir -p "$prefix"/{include/oneapi,lib,share/doc}
  rm -rf "$prefix/include/oneapi/dnnl" "$prefix/share/doc/onednn"
  mv -f "$stage"/include/dnnl* "$prefix/include/"
  mv "$stage/include/oneapi/dnnl" "$prefix/include/oneapi/dnnl"
  mv "$stage/share/doc/onednn" "$prefix/share/doc/onednn"
  mv -f "$stage/lib/$library" "$prefix/lib/$library"
  ln -sfn "$library" "$prefix/lib/libdnnl.so.3"
  ln -sfn libdnnl.so.3 "$prefix/lib/libdnnl.so"
  rm -rf "$stage"
  write_onednn_pc "$version" "$prefix/lib" "$prefix/include"
  if ((EUID == 0)); then ldconfig; fi
}
