#include "simulator/report_device.h"

#define FUSE_USE_VERSION 35
#include <fuse3/fuse.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

namespace cloister::simulator {
namespace {

using attester::SimulatedTsm;

constexpr off_t kAttributeSize = 4096;

// "/", "/entry" or "/entry/attribute".
struct Place {
  std::string entry;
  std::string attribute;
};

std::optional<Place> ParsePath(std::string_view path) {
  path.remove_prefix(std::min<std::size_t>(1, path.size()));
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return Place{std::string(path), ""};
  const std::string_view attribute = path.substr(slash + 1);
  if (attribute.find('/') != std::string_view::npos) return std::nullopt;
  return Place{std::string(path.substr(0, slash)), std::string(attribute)};
}

// One open file. The kernel keeps reads and writes of a blob with the open file, not with the entry.
struct OpenFile {
  Place place;
  SimulatedTsm::Access access;
  std::mutex lock;
  std::optional<Bytes> read;      // filled by the first read
  Bytes written;
  bool to_commit = false;
};

SimulatedTsm& Tsm() { return *static_cast<SimulatedTsm*>(fuse_get_context()->private_data); }
OpenFile& FileOf(fuse_file_info* info) { return *reinterpret_cast<OpenFile*>(info->fh); }

int GetAttributes(const char* path, struct stat* out, fuse_file_info*) {
  const auto place = ParsePath(path);
  *out = {};
  if (!place || (!place->entry.empty() && !Tsm().Has(place->entry))) return -ENOENT;
  if (place->attribute.empty()) {
    out->st_mode = S_IFDIR | 0755;
    out->st_nlink = 2;
    return 0;
  }
  const auto* attribute = SimulatedTsm::FindAttribute(place->attribute);
  if (attribute == nullptr) return -ENOENT;
  out->st_mode = S_IFREG | (attribute->access == SimulatedTsm::Access::kRead ? 0444 : 0200);
  out->st_nlink = 1;
  out->st_size = attribute->binary ? 0 : kAttributeSize;
  return 0;
}

int ReadFolder(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*, fuse_readdir_flags) {
  const auto place = ParsePath(path);
  if (!place || !place->attribute.empty()) return -ENOTDIR;
  const auto add = [&](const std::string& name) { fill(buffer, name.c_str(), nullptr, 0, fuse_fill_dir_flags{}); };
  add(".");
  add("..");
  if (place->entry.empty()) {
    for (const std::string& name : Tsm().Names()) add(name);
  } else {
    for (const auto& attribute : SimulatedTsm::Attributes()) add(std::string(attribute.name));
  }
  return 0;
}

int MakeFolder(const char* path, mode_t) {
  const auto place = ParsePath(path);
  if (!place || !place->attribute.empty()) return -EPERM;
  return -Tsm().Make(place->entry);
}

int RemoveFolder(const char* path) {
  const auto place = ParsePath(path);
  if (!place || place->entry.empty() || !place->attribute.empty()) return -EPERM;
  return -Tsm().Remove(place->entry);
}

int RefuseNode(const char*, mode_t, dev_t) { return -EACCES; }
int RefuseUnlink(const char*) { return -EPERM; }
// configfs lets `>` of a shell pass, without effect.
int Truncate(const char*, off_t, fuse_file_info*) { return 0; }

int Open(const char* path, fuse_file_info* info) {
  const auto place = ParsePath(path);
  const auto* attribute = place ? SimulatedTsm::FindAttribute(place->attribute) : nullptr;
  if (attribute == nullptr || !Tsm().Has(place->entry)) return -ENOENT;
  const int wanted = attribute->access == SimulatedTsm::Access::kRead ? O_RDONLY : O_WRONLY;
  if ((info->flags & O_ACCMODE) != wanted) return -EACCES;
  auto file = std::make_unique<OpenFile>();
  file->place = *place;
  file->access = attribute->access;
  info->fh = reinterpret_cast<std::uint64_t>(file.release());
  info->direct_io = 1;  // sizes are not known beforehand, and nothing may be cached
  return 0;
}

int Read(const char*, char* out, size_t size, off_t offset, fuse_file_info* info) {
  OpenFile& file = FileOf(info);
  const std::lock_guard guard(file.lock);
  if (!Tsm().Has(file.place.entry)) return -ENOENT;
  if (!file.read) {
    Bytes content;
    if (const int error = Tsm().Read(file.place.entry, file.place.attribute, &content); error != 0) return -error;
    file.read = std::move(content);
  }
  const std::size_t start = std::min(static_cast<std::size_t>(offset), file.read->size());
  const std::size_t count = std::min(size, file.read->size() - start);
  std::memcpy(out, file.read->data() + start, count);
  return static_cast<int>(count);
}

int Write(const char*, const char* data, size_t size, off_t, fuse_file_info* info) {
  OpenFile& file = FileOf(info);
  const std::lock_guard guard(file.lock);
  if (!Tsm().Has(file.place.entry)) return -ENOENT;
  if (file.access == SimulatedTsm::Access::kWriteText) {
    const int error = Tsm().WriteText(file.place.entry, file.place.attribute, std::string_view(data, size));
    return error != 0 ? -error : static_cast<int>(size);
  }
  file.to_commit = true;  // a refused write is committed too, with what there was before
  if (size > attester::kTsmInblobSize - file.written.size()) return -EFBIG;
  file.written.insert(file.written.end(), data, data + size);
  return static_cast<int>(size);
}

// Called before close() returns, unlike release.
int Flush(const char*, fuse_file_info* info) {
  OpenFile& file = FileOf(info);
  const std::lock_guard guard(file.lock);
  if (std::exchange(file.to_commit, false)) Tsm().CommitInblob(file.place.entry, file.written);
  return 0;
}

int Release(const char*, fuse_file_info* info) {
  delete &FileOf(info);
  return 0;
}

void* Initialize(fuse_conn_info*, fuse_config* config) {
  config->attr_timeout = config->entry_timeout = config->negative_timeout = 0;
  config->direct_io = 1;
  return fuse_get_context()->private_data;
}

constexpr fuse_operations Operations() {
  fuse_operations operations{};
  operations.getattr = GetAttributes;
  operations.mknod = RefuseNode;
  operations.mkdir = MakeFolder;
  operations.unlink = RefuseUnlink;
  operations.rmdir = RemoveFolder;
  operations.truncate = Truncate;
  operations.open = Open;
  operations.read = Read;
  operations.write = Write;
  operations.flush = Flush;
  operations.release = Release;
  operations.readdir = ReadFolder;
  operations.init = Initialize;
  return operations;
}

struct FreeFuse {
  void operator()(fuse* session) const {
    fuse_unmount(session);
    fuse_destroy(session);
  }
};

}  // namespace

class ReportDevice::Implementation {
 public:
  explicit Implementation(SimulatedTsm simulated) : tsm(std::move(simulated)) {}
  SimulatedTsm tsm;
  std::unique_ptr<fuse, FreeFuse> session;
  std::thread thread;
};

ReportDevice::ReportDevice(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

ReportDevice::~ReportDevice() {
  if (implementation_->thread.joinable()) implementation_->thread.join();
}

Result<std::unique_ptr<ReportDevice>> ReportDevice::Serve(Descriptor fuse, SimulatedTsm tsm) {
  static const fuse_operations operations = Operations();
  auto implementation = std::make_unique<Implementation>(std::move(tsm));
  std::string name = "cloister-simulator";
  char* argv[] = {name.data(), nullptr};
  fuse_args arguments = FUSE_ARGS_INIT(1, argv);
  implementation->session.reset(fuse_new(&arguments, &operations, sizeof operations, &implementation->tsm));
  // libfuse takes a descriptor that is mounted already under this name, and closes it in the end.
  const std::string mounted = "/dev/fd/" + std::to_string(fuse.number());
  if (!implementation->session || fuse_mount(implementation->session.get(), mounted.c_str()) != 0) {
    return Error(ErrorCode::kInternal, "SIMULATED report device: libfuse could not take over the mount");
  }
  fuse.Release();
  implementation->thread = std::thread([session = implementation->session.get()] { fuse_loop(session); });
  return std::unique_ptr<ReportDevice>(new ReportDevice(std::move(implementation)));
}

}  // namespace cloister::simulator
