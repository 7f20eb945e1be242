#include "select/worker.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mutex.h"
#include "base/text.h"
#include "runtime/become_user.h"
#include "select/duckdb.h"
#include "select/message.h"
#include "select/parser.h"
#include "select/record_stream.h"
#include "select/record_writer.h"
#include "select/select_errors.h"
#include "select/serialization.h"
#include "select/translation.h"
#include "select/value.h"

namespace sagebrush::select {
namespace {

constexpr std::size_t kQueryBytesMax = 4 << 20;
constexpr std::size_t kRecordsBytes = 128 << 10;       // Sent when there are so many.
constexpr std::uint64_t kDocumentBytesMax = 64 << 20;  // Of JSON that is not in lines.
constexpr int kPipeBytes = 1 << 20;
constexpr std::chrono::seconds kProgressInterval{1};

void Limit(__rlimit_resource resource, rlim_t value) {
  const rlimit limit{value, value};
  ::setrlimit(resource, &limit);
}

void LimitThisProcess() {
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_FSIZE, 0);  // Pipes are no files.
  Limit(RLIMIT_NOFILE, 64);
  Limit(RLIMIT_DATA, rlim_t{2} << 30);  // DuckDB keeps to less (duckdb.cc) by itself, where it is sound.
  Limit(RLIMIT_CPU, 600);
}

std::string ReadExactly(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t at = 0; at < size;) {
    const ssize_t n = ::read(kQueryFd, out.data() + at, size - at);
    if (n == 0 || (n < 0 && errno != EINTR)) throw Error(kInternalError, "The query was cut off.");
    if (n > 0) at += static_cast<std::size_t>(n);
  }
  return out;
}

Json ReadQuery() {
  std::size_t size = 0;
  for (const char byte : ReadExactly(4)) size = size << 8 | static_cast<unsigned char>(byte);
  if (size > kQueryBytesMax) throw Error(kInternalError, "The query is too long.");
  return ParseJson(ReadExactly(size));
}

// Says things from any thread.
class Speaker {
 public:
  void Say(Message::Kind kind, std::string_view payload) {
    std::string bytes;
    AppendMessage(kind, payload, bytes);
    const MutexLock lock(mutex_);
    WriteAll(kMessagesFd, bytes);
  }
  void SayCounts(Message::Kind kind, std::uint64_t scanned, std::uint64_t processed) {
    Say(kind, ToText(JsonObject{{"BytesScanned", scanned}, {"BytesProcessed", processed}}));
  }
  void SayFailure(const Error& error) {
    Say(Message::Kind::kFailed, ToText(JsonObject{{"Code", error.kind().code}, {"Message", error.what()}}));
  }

 private:
  Mutex mutex_;
};

// The name that the object has here tells nobody anything.
std::string WithoutFile(std::string text) {
  constexpr std::string_view kBegin = "file \"/proc/self/fd/";
  const std::size_t begin = text.find(kBegin);
  const std::size_t end = begin == std::string::npos ? begin : text.find('"', begin + kBegin.size());
  if (end != std::string::npos) text.replace(begin, end + 1 - begin, "the object");
  return text;
}

// What DuckDB says, in S3's words.
Error Translated(const DuckDbError& error, SourceFormat format) {
  const std::string_view what = error.what();
  const auto says = [&](std::string_view part) { return what.find(part) != std::string_view::npos; };
  const std::string line = WithoutFile(Legible(FirstBytes(what.substr(0, what.find('\n')), 400)));
  if (says("Out of Memory") || says("allocat")) {
    return {kInternalError, "The query needs more memory than it may have: select fewer or smaller columns."};
  }
  if (says("Maximum line size")) return {kOverMaxRecordSize, "A record of the object is longer than 1 MiB."};
  if (says("unicode") || says("utf-8") || says("UTF8") || says("UTF-8")) {
    return {kInvalidTextEncoding, "The object is not encoded in UTF-8."};
  }
  if (format == SourceFormat::kJson && says("Malformed JSON")) return {kJSONParsingError, line};
  if (says("in conjunction with quoted new lines")) {
    return {kCSVParsingError, "The object has record delimiters in quotes: set AllowQuotedRecordDelimiter."};
  }
  if (what.starts_with("Conversion Error")) return {kCastFailed, line};
  if (what.starts_with("Out of Range Error")) return {kIntegerOverflow, line};
  if (format == SourceFormat::kCsv && says("CSV Error"))
    return {kCSVParsingError, WithoutFile(Legible(FirstBytes(what, 400)))};
  if (format == SourceFormat::kJson && says("JSON")) return {kJSONParsingError, line};
  if (format == SourceFormat::kParquet && !says("Binder Error")) return {kParquetParsingError, line};
  return {kInternalError, line};
}

std::string PathOf(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

std::string CharacterLiteral(char c) { return c == '\0' ? "''" : Literal(std::string_view(&c, 1)); }

Source CsvSource(const CsvInput& csv, const std::vector<std::string>& first, int positions, const std::string& file) {
  Source out{.format = SourceFormat::kCsv};
  const std::size_t count = std::max({first.size(), static_cast<std::size_t>(positions), std::size_t{1}});
  std::string columns;
  for (std::size_t i = 0; i < count; ++i) {
    const bool named = csv.header == CsvInput::Header::kUse && i < first.size();
    out.columns.push_back({named ? first[i] : "", ValueType::kText, fmt::format("c{}", i + 1)});
    columns += fmt::format("{}'c{}': 'VARCHAR'", i == 0 ? "" : ", ", i + 1);
  }
  // Nothing is found out by looking: not types, not headers, not quotes. An empty field is a string, a missing one
  // NULL. Read by one thread, a pipe is kept in memory until its end; but only so records may have line ends in quotes.
  out.table = fmt::format(
      "read_csv({}, auto_detect = false, header = false, columns = {{{}}}, delim = {}, quote = {}, escape = {}, "
      "comment = {}, nullstr = chr(1114111), null_padding = true, strict_mode = false, parallel = {}, "
      "max_line_size = {})",
      Literal(file), columns, CharacterLiteral(csv.field_delimiter), CharacterLiteral(csv.quote),
      CharacterLiteral(csv.quote == '\0' ? '\0' : csv.quote_escape), CharacterLiteral(csv.comment),
      !csv.quoted_record_delimiter, kRecordBytesMax);
  return out;
}

Source JsonSource(const Input& input, const std::string& file) {
  Source out{.format = SourceFormat::kJson};
  if (input.json_lines) {
    // A line is a field of CSV with a delimiter that no JSON has: DuckDB's reader of JSON keeps a pipe in memory until
    // its end, this one does not.
    out.table = fmt::format(
        "(SELECT CAST(c1 AS JSON) AS json FROM read_csv({}, auto_detect = false, header = false, columns = {{'c1': "
        "'VARCHAR'}}, delim = '\x01', quote = '', escape = '', comment = '', nullstr = chr(1114111), strict_mode = "
        "false, max_line_size = {}) WHERE trim(c1) <> '')",
        Literal(file), kRecordBytesMax);
  } else {
    out.table = fmt::format("read_json_objects({}, format = 'unstructured', maximum_object_size = {})", Literal(file),
                            kDocumentBytesMax);
  }
  return out;
}

// By the name that DuckDB gives a column's type.
Column ParquetColumn(std::string name, std::string_view type, std::size_t number) {
  const std::string raw = fmt::format("p.c{}", number);
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), type) != names.end();
  };
  if (is({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
          "FLOAT", "DOUBLE"}) ||
      type.starts_with("DECIMAL")) {
    return {std::move(name), ValueType::kNumber, raw};
  }
  if (type == "BOOLEAN") return {std::move(name), ValueType::kBoolean, raw};
  if (type == "DATE" || type.starts_with("TIMESTAMP")) {
    return {std::move(name), ValueType::kTime, fmt::format("CAST({} AS TIMESTAMP)", raw)};
  }
  if (type.ends_with("]") || type.starts_with("STRUCT") || type.starts_with("MAP")) {
    return {std::move(name), ValueType::kJson, fmt::format("to_json({})", raw)};
  }
  if (type == "VARCHAR") return {std::move(name), ValueType::kText, raw};
  return {std::move(name), ValueType::kText, fmt::format("CAST({} AS VARCHAR)", raw)};
}

Source ParquetSource(DuckDb& database, const std::string& file) {
  Source out{.format = SourceFormat::kParquet};
  const std::string table = fmt::format("read_parquet({}, binary_as_string = true)", Literal(file));
  std::string names;
  database.Run(
      "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM " + table + ")", [] {},
      [&](const DuckDb::Row& row) {
        const std::size_t number = out.columns.size() + 1;
        out.columns.push_back(ParquetColumn(std::string(row[0].value_or("")), row[1].value_or(""), number));
        names += fmt::format("{}c{}", number == 1 ? "" : ", ", number);
      });
  out.table = fmt::format("{} AS p({})", table, names);
  return out;
}

class Worker {
 public:
  explicit Worker(const Json& request)
      : request_(request),
        query_(ParseQuery(GetString(request, "Expression"))),
        input_(ReadInput(*Find(request, "InputSerialization"))),
        size_(static_cast<std::uint64_t>(GetInt(request, "Size"))) {}

  // Does not return: what still reads the object, or tells of it, ends with the process.
  [[noreturn]] void Run() {
    try {
      input_.format == SourceFormat::kParquet ? RunOnFile() : RunOnStream();
    } catch (const DuckDbError& error) {
      SayFailure(Translated(error, input_.format));
    } catch (const Error& error) {
      SayFailure(error);
    } catch (const std::bad_alloc&) {
      SayFailure({kInternalError, "The query needs more memory than it may have."});
    }
    ::_exit(0);
  }

 private:
  void RunOnFile() {
    const std::string file = PathOf(kObjectFd);
    DuckDb database(DuckDbLibrary(), {file});
    Select(database, ParquetSource(database, file));
    speaker_.SayCounts(Message::Kind::kDone, size_, size_);
    ::_exit(0);
  }

  void RunOnStream() {
    source_ = OpenSource(kQueryFd, input_.compression);
    stream_.emplace(*source_, input_, ReadScanRange(request_, input_, size_),
                    static_cast<std::uint64_t>(GetInt(request_, "Offset")));
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) ThrowSystemError("Cannot make a pipe");
    ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
    const std::string file = PathOf(ends[0]);
    const Source table = input_.format == SourceFormat::kCsv
                             ? CsvSource(input_.csv, stream_->First(), HighestPosition(query_), file)
                             : JsonSource(input_, file);
    DuckDb database(DuckDbLibrary(), {file});
    std::thread([this, in = ends[1]] { Feed(FileDescriptor(in)); }).detach();
    if (GetBool(request_, "Progress")) std::thread([this] { TellProgress(); }).detach();
    Select(database, table);
    ThrowFeedFailure();
    speaker_.SayCounts(Message::Kind::kDone, source_->scanned(), stream_->processed());
    ::_exit(0);
  }

  void Feed(FileDescriptor pipe) {
    try {
      stream_->WriteTo(pipe);
    } catch (const Error& error) {
      const MutexLock lock(mutex_);
      feed_failure_ = error;
    }
    pipe.Close();  // Only now the query can end.
  }

  [[noreturn]] void TellProgress() {
    for (;;) {
      std::this_thread::sleep_for(kProgressInterval);
      speaker_.SayCounts(Message::Kind::kProgress, source_->scanned(), stream_->processed());
    }
  }

  void ThrowFeedFailure() {
    const MutexLock lock(mutex_);
    if (feed_failure_) throw *feed_failure_;
  }

  // What is wrong with the object's bytes comes before what the query made of their beginning.
  void SayFailure(const Error& error) {
    try {
      ThrowFeedFailure();
    } catch (const Error& of_bytes) {
      return speaker_.SayFailure(of_bytes);
    }
    speaker_.SayFailure(error);
  }

  void Select(DuckDb& database, const Source& source) {
    const Translation translation = Translate(query_, source);
    const RecordWriter writer(ReadOutput(*Find(request_, "OutputSerialization")), translation.columns);
    std::string records;
    const auto send = [&] {
      if (!records.empty()) speaker_.Say(Message::Kind::kRecords, records);
      records.clear();
    };
    database.Run(
        translation.sql, [&] { speaker_.Say(Message::Kind::kBegun, ""); },
        [&](const DuckDb::Row& row) {
          writer.Write(row, records);
          if (records.size() >= kRecordsBytes) send();
        });
    send();
  }

  const Json& request_;
  const Query query_;
  const Input input_;
  const std::uint64_t size_;
  Speaker speaker_;
  std::unique_ptr<ByteSource> source_;
  std::optional<RecordStream> stream_;
  Mutex mutex_;
  std::optional<Error> feed_failure_ GUARDED_BY(mutex_);
};

}  // namespace

void RunWorker(std::optional<std::uint32_t> user) {
  try {
    LimitThisProcess();
    runtime::BecomeUser(user);
    ::prctl(PR_SET_DUMPABLE, 1);  // Or its own descriptors in /proc, which are all that it may open, would be root's.
    std::signal(SIGPIPE, SIG_IGN);
    const Json request = ReadQuery();
    Worker(request).Run();
  } catch (const Error& error) {
    Speaker().SayFailure(error);
  }
  ::_exit(1);
}

}  // namespace sagebrush::select
