#include "runtime/image_catalogue.h"

#include <elf.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <filesystem>
#include <set>
#include <span>

#include "base/error.h"
#include "runtime/aws_registries.h"

namespace sagebrush::runtime {
namespace {

constexpr std::string_view kProgramInside = "/opt/sagebrush/bin/sagebrush-algorithms";
constexpr std::string_view kLibrariesInside = "/opt/sagebrush/lib";

// What may follow the version in a tag: which processor and Python the container was built for makes no difference
// here.
constexpr std::string_view kTagSuffixes[] = {"-cpu-py3", "-gpu-py3", "-cpu", "-gpu", "-arm64", "-py3"};

struct ImageName {
  std::string_view repository;
  std::string_view tag;
};

ImageName ParseImageName(std::string_view uri) {
  const std::size_t slash = uri.rfind('/');
  std::string_view name = slash == std::string_view::npos ? uri : uri.substr(slash + 1);
  if (const std::size_t digest = name.find('@'); digest != std::string_view::npos) name = name.substr(0, digest);
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos) return {name, "latest"};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

std::string_view WithoutSuffix(std::string_view tag) {
  for (const std::string_view suffix : kTagSuffixes) {
    if (tag.ends_with(suffix)) return tag.substr(0, tag.size() - suffix.size());
  }
  return tag;
}

bool IsSystemLibraryDirectory(const Path& directory) {
  const std::string text = directory.string();
  return text.starts_with("/usr/lib") || text.starts_with("/lib");
}

// The dynamic section's strings of one ELF file.
struct Dynamic {
  std::vector<std::string> search;  // RUNPATH or RPATH, with $ORIGIN replaced.
  std::vector<std::string> needed;
};

template <typename T>
const T* At(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return nullptr;
  return reinterpret_cast<const T*>(bytes.data() + offset);
}

std::uint64_t FileOffset(std::span<const Elf64_Phdr> segments, std::uint64_t address) {
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz) {
      return address - segment.p_vaddr + segment.p_offset;
    }
  }
  return UINT64_MAX;
}

std::string TextAt(std::string_view bytes, std::uint64_t offset) {
  if (offset >= bytes.size()) return "";
  return std::string(bytes.substr(offset, ::strnlen(bytes.data() + offset, bytes.size() - offset)));
}

void AddSearchPaths(const std::string& list, const std::string& origin, std::vector<std::string>& out) {
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const std::size_t end = std::min(list.find(':', begin), list.size());
    std::string entry = list.substr(begin, end - begin);
    for (const char* variable : {"$ORIGIN", "${ORIGIN}"}) {
      if (const std::size_t at = entry.find(variable); at != std::string::npos) {
        entry.replace(at, std::strlen(variable), origin);
      }
    }
    if (!entry.empty()) out.push_back(entry);
    begin = end + 1;
  }
}

Dynamic ReadDynamic(const Path& path) {
  Dynamic out;
  const std::string bytes = ReadFile(path);
  const auto* header = At<Elf64_Ehdr>(bytes, 0);
  if (header == nullptr || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_phoff > bytes.size() ||
      (bytes.size() - header->e_phoff) / sizeof(Elf64_Phdr) < header->e_phnum) {
    return out;
  }
  const std::span segments(reinterpret_cast<const Elf64_Phdr*>(bytes.data() + header->e_phoff), header->e_phnum);
  const auto dynamic = std::find_if(segments.begin(), segments.end(), [](auto& s) { return s.p_type == PT_DYNAMIC; });
  if (dynamic == segments.end()) return out;
  std::vector<Elf64_Dyn> entries;
  for (std::uint64_t at = dynamic->p_offset; const auto* entry = At<Elf64_Dyn>(bytes, at); at += sizeof(Elf64_Dyn)) {
    if (entry->d_tag == DT_NULL) break;
    entries.push_back(*entry);
  }
  std::uint64_t strings = UINT64_MAX;
  for (const Elf64_Dyn& entry : entries) {
    if (entry.d_tag == DT_STRTAB) strings = FileOffset(segments, entry.d_un.d_ptr);
  }
  if (strings >= bytes.size()) return out;
  for (const Elf64_Dyn& entry : entries) {
    const std::string text = TextAt(bytes, strings + std::min<std::uint64_t>(entry.d_un.d_val, bytes.size()));
    if (entry.d_tag == DT_NEEDED) out.needed.push_back(text);
    if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH)
      AddSearchPaths(text, path.parent_path().string(), out.search);
  }
  return out;
}

}  // namespace

std::vector<Path> FindLibraryDirectories(const Path& program) {
  std::vector<Path> directories;
  const auto add = [&](const Path& directory) {
    if (!IsSystemLibraryDirectory(directory) &&
        std::find(directories.begin(), directories.end(), directory) == directories.end()) {
      directories.push_back(directory);
    }
  };
  std::set<Path> seen;
  std::deque<Path> to_read{program};
  while (!to_read.empty()) {
    const Path file = to_read.front();
    to_read.pop_front();
    std::error_code ignored;
    if (!seen.insert(file).second || !std::filesystem::is_regular_file(file, ignored)) continue;
    const Dynamic dynamic = ReadDynamic(file);
    if (file == program) {  // What it loads only when it needs it (dlopen) lies in its run path too.
      for (const std::string& search : dynamic.search) {
        if (std::filesystem::is_directory(search, ignored)) add(Path(search).lexically_normal());
      }
    }
    for (const std::string& name : dynamic.needed) {
      for (const std::string& search : dynamic.search) {
        const Path directory = Path(search).lexically_normal();
        if (!std::filesystem::exists(directory / name, ignored)) continue;
        add(directory);
        to_read.push_back(directory / name);
        break;
      }
    }
  }
  return directories;
}

ImageCatalogue::ImageCatalogue(const Json& catalogue, const Path& program, const std::vector<Path>& libraries)
    : program_(kProgramInside) {
  for (const Json& algorithm : catalogue.as_array()) {
    std::vector<std::pair<std::string, std::string>> metrics;
    for (const Json& metric : algorithm.at("MetricDefinitions").as_array()) {
      metrics.emplace_back(GetString(metric, "Name"), GetString(metric, "Regex"));
    }
    std::set<std::string> modes;
    for (const Json& mode : algorithm.at("InputModes").as_array()) modes.emplace(mode.as_string());
    for (const Json& image : algorithm.at("Images").as_array()) {
      Family family{GetString(image, "Repository"), {}, GetString(algorithm, "Name"), modes, metrics};
      for (const Json& tag : image.at("Tags").as_array()) family.tags.emplace_back(tag.as_string());
      families_.push_back(std::move(family));
    }
  }
  mounts_.push_back({program, kProgramInside, true});
  std::string search;
  for (std::size_t i = 0; i < libraries.size(); ++i) {
    const std::string inside = std::string(kLibrariesInside) + "/" + std::to_string(i);
    mounts_.push_back({libraries[i], inside, true});
    search += (search.empty() ? "" : ":") + inside;
  }
  if (!search.empty()) environment_["LD_LIBRARY_PATH"] = search;
}

ImageCatalogue ImageCatalogue::BesideThisProgram() {
  const Path folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto catalogue = ReadFileIfExists(folder / "algorithms.json");
  if (!catalogue) {
    throw Error(kInternalFailure,
                "algorithms.json is not in " + folder.string() + ", where this program is. Run `make build`.");
  }
  const Path program = folder / "sagebrush-algorithms";
  return {ParseJson(*catalogue), program, FindLibraryDirectories(program)};
}

std::string ImageCatalogue::Available() const {
  std::string text;
  for (const Family& family : families_) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", family.repository, fmt::join(family.tags, ", "));
  }
  return text;
}

void ImageCatalogue::ThrowNotAvailable(std::string_view uri, const std::string& why) const {
  throw Error(kValidation, "The image " + std::string(uri) + " is not available on this server: " + why +
                               " Available (repository: tags, by AWS's address in any region): " + Available() + ".");
}

ImageDescription ImageCatalogue::Describe(std::string_view image_uri, std::string_view region) const {
  if (const std::string why = WhyNotAws(image_uri); !why.empty()) ThrowNotAvailable(image_uri, why);
  const ImageName name = ParseImageName(image_uri);
  const std::string_view version = WithoutSuffix(name.tag);
  bool known_repository = false;
  for (const Family& family : families_) {
    if (family.repository != name.repository) continue;
    known_repository = true;
    if (std::find(family.tags.begin(), family.tags.end(), version) == family.tags.end()) continue;
    return {family.algorithm, std::string(version), family.input_modes, family.metric_definitions};
  }
  const std::string what(known_repository ? "tag '" + std::string(name.tag) + "'"
                                          : "repository '" + std::string(name.repository) + "'");
  ThrowNotAvailable(image_uri, "the " + what + " is not in its catalogue.");
}

void ImageCatalogue::Prepare(std::string_view image_uri, std::string_view region, const std::string&) {
  Describe(image_uri, region);
}

ImageState ImageCatalogue::State(std::string_view image_uri, std::string_view region) const {
  const ImageDescription described = Describe(image_uri, region);
  PreparedImage image{.root = HostRoot{},
                      .train_command = {program_, "train", described.algorithm},
                      .serve_command = {program_, "serve", described.algorithm},
                      .mounts = mounts_,
                      .environment = environment_};
  image.environment["SAGEBRUSH_ALGORITHM"] = described.algorithm;
  image.environment["SAGEBRUSH_ALGORITHM_VERSION"] =
      described.version;  // Decides defaults that changed between versions.
  return {.stage = ImageState::Stage::kReady, .image = std::move(image), .message = {}};
}

}  // namespace sagebrush::runtime
