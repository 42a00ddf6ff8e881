#include "commands/temporary_folder.h"

#include <cstdlib>

namespace cloister::commands {

namespace fs = std::filesystem;

Result<TemporaryFolder> TemporaryFolder::Make() {
  std::string name = (fs::temp_directory_path() / "cloister-demo.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return Error(ErrorCode::kIo, name + ": cannot make a temporary folder");
  return TemporaryFolder(name);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace cloister::commands
