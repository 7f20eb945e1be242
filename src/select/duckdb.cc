#include "select/duckdb.h"

#include <dlfcn.h>

#include <cstdint>
#include <cstring>

#include <fmt/format.h>

#include "select/select_errors.h"
#include "select/value.h"

namespace sagebrush::select {
namespace {

// DuckDB's C interface, as far as it is used (duckdb.org/docs/current/clients/c/api): handles are pointers, states are
// 0 for success.
using Handle = void*;
struct Result {
  std::uint64_t deprecated_counts[3] = {};
  void* deprecated_columns = nullptr;
  char* deprecated_error = nullptr;
  void* internal = nullptr;
};

constexpr std::uint64_t kInlineBytes = 12;
struct StoredText {  // A string as it lies in a vector: short ones within it.
  std::uint32_t size;
  char begin[4];
  const char* pointer;
  std::string_view view() const {
    return {size <= kInlineBytes ? reinterpret_cast<const char*>(this) + sizeof size : pointer, size};
  }
};
static_assert(sizeof(StoredText) == 16);

constexpr std::string_view kMemoryMax = "512MiB";

}  // namespace

Path DuckDbLibrary() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "lib" / "libduckdb.so";
}

struct DuckDb::Library {
  explicit Library(const Path& path) : handle(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle == nullptr) {
      throw Error(kInternalError, fmt::format("SelectObjectContent needs the library DuckDB, which cannot be loaded "
                                              "({}): run tools/duckdb.sh in the source folder, or install the package.",
                                              ::dlerror()));
    }
    Load("duckdb_open", open);
    Load("duckdb_close", close);
    Load("duckdb_connect", connect);
    Load("duckdb_disconnect", disconnect);
    Load("duckdb_query", query);
    Load("duckdb_prepare", prepare);
    Load("duckdb_prepare_error", prepare_error);
    Load("duckdb_destroy_prepare", destroy_prepare);
    Load("duckdb_execute_prepared_streaming", execute_streaming);
    Load("duckdb_result_error", result_error);
    Load("duckdb_destroy_result", destroy_result);
    Load("duckdb_column_count", column_count);
    Load("duckdb_fetch_chunk", fetch_chunk);
    Load("duckdb_destroy_data_chunk", destroy_chunk);
    Load("duckdb_data_chunk_get_size", chunk_size);
    Load("duckdb_data_chunk_get_vector", chunk_vector);
    Load("duckdb_vector_get_data", vector_data);
    Load("duckdb_vector_get_validity", vector_validity);
  }

  template <typename Function>
  void Load(const char* name, Function& function) {
    void* const found = ::dlsym(handle, name);
    if (found == nullptr) throw Error(kInternalError, fmt::format("libduckdb.so has no function {}.", name));
    std::memcpy(&function, &found, sizeof found);
  }

  void* handle;  // Not closed: it ends with the process.
  int (*open)(const char* path, Handle* database);
  void (*close)(Handle* database);
  int (*connect)(Handle database, Handle* connection);
  void (*disconnect)(Handle* connection);
  int (*query)(Handle connection, const char* sql, Result* result);
  int (*prepare)(Handle connection, const char* sql, Handle* statement);
  const char* (*prepare_error)(Handle statement);
  void (*destroy_prepare)(Handle* statement);
  int (*execute_streaming)(Handle statement, Result* result);
  const char* (*result_error)(Result* result);
  void (*destroy_result)(Result* result);
  std::uint64_t (*column_count)(Result* result);
  Handle (*fetch_chunk)(Result result);
  void (*destroy_chunk)(Handle* chunk);
  std::uint64_t (*chunk_size)(Handle chunk);
  Handle (*chunk_vector)(Handle chunk, std::uint64_t column);
  void* (*vector_data)(Handle vector);
  std::uint64_t* (*vector_validity)(Handle vector);
};

struct DuckDb::Session {
  explicit Session(const Path& path) : library(path) {
    if (library.open(nullptr, &database) != 0 || library.connect(database, &connection) != 0) {
      throw Error(kInternalError, "DuckDB cannot be started.");
    }
  }
  ~Session() {
    library.disconnect(&connection);
    library.close(&database);
  }

  // Frees what DuckDB made.
  struct Rows {
    explicit Rows(const Library& made_by) : library(made_by) {}
    ~Rows() { library.destroy_result(&result); }
    Rows(const Rows&) = delete;
    void ThrowError() {
      const char* const text = library.result_error(&result);
      throw DuckDbError(text == nullptr ? "DuckDB says nothing of why it failed." : text);
    }
    const Library& library;
    Result result;
  };
  struct Statement {
    Statement(const Session& session, const std::string& sql) : library(session.library) {
      if (library.prepare(session.connection, sql.c_str(), &handle) == 0) return;
      const char* const text = library.prepare_error(handle);
      const std::string what = text == nullptr ? "DuckDB says nothing of why it failed." : text;
      library.destroy_prepare(&handle);
      throw DuckDbError(what);
    }
    ~Statement() { library.destroy_prepare(&handle); }
    Statement(const Statement&) = delete;
    const Library& library;
    Handle handle = nullptr;
  };

  // Calls `each` with the rows of `chunk`.
  void Read(Handle chunk, std::uint64_t columns, const std::function<void(const Row&)>& each) const {
    struct Vector {
      const StoredText* texts;
      const std::uint64_t* valid;  // nullptr: all are.
    };
    std::vector<Vector> vectors;
    for (std::uint64_t i = 0; i < columns; ++i) {
      const Handle vector = library.chunk_vector(chunk, i);
      vectors.push_back({static_cast<const StoredText*>(library.vector_data(vector)), library.vector_validity(vector)});
    }
    Row row(columns);
    const std::uint64_t rows = library.chunk_size(chunk);
    for (std::uint64_t at = 0; at < rows; ++at) {
      for (std::uint64_t i = 0; i < columns; ++i) {
        const auto& [texts, valid] = vectors[i];
        const bool is_null = valid != nullptr && (valid[at / 64] >> (at % 64) & 1) == 0;
        row[i] = is_null ? std::nullopt : std::optional(texts[at].view());
      }
      each(row);
    }
  }

  const Library library;
  Handle database = nullptr;
  Handle connection = nullptr;
};

DuckDb::DuckDb(const Path& library, const std::vector<std::string>& files)
    : session_(std::make_unique<Session>(library)) {
  std::string allowed;
  for (const std::string& file : files) allowed += (allowed.empty() ? "" : ", ") + Literal(file);
  // Last the lock: after it not even our own statements can take anything back.
  Execute(
      fmt::format("SET TimeZone = 'UTC'; SET threads = 2; SET memory_limit = '{}'; SET temp_directory = ''; "
                  "SET preserve_insertion_order = true; SET allowed_paths = [{}]; "
                  "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false; "
                  "SET enable_external_access = false;",
                  kMemoryMax, allowed));
  Execute(std::string(Prelude()));
  Execute("SET lock_configuration = true");
}

DuckDb::~DuckDb() = default;

void DuckDb::Execute(const std::string& sql) {
  Session::Rows rows(session_->library);
  if (session_->library.query(session_->connection, sql.c_str(), &rows.result) != 0) rows.ThrowError();
}

void DuckDb::Run(const std::string& sql, const std::function<void()>& begun,
                 const std::function<void(const Row&)>& each) {
  const Library& library = session_->library;
  const Session::Statement statement(*session_, sql);
  begun();
  Session::Rows rows(library);
  if (library.execute_streaming(statement.handle, &rows.result) != 0) rows.ThrowError();
  const std::uint64_t columns = library.column_count(&rows.result);
  for (;;) {
    const std::unique_ptr<void, std::function<void(void*)>> chunk(library.fetch_chunk(rows.result), [&](void* made) {
      Handle handle = made;
      library.destroy_chunk(&handle);
    });
    if (chunk == nullptr) break;
    session_->Read(chunk.get(), columns, each);
  }
  if (library.result_error(&rows.result) != nullptr) rows.ThrowError();
}

}  // namespace sagebrush::select
