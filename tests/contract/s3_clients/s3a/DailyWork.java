// What Spark does with s3a://, by Hadoop's own file system and committer. usage: DailyWork BUCKET, after `sagebrush env`.

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.s3a.commit.magic.MagicS3GuardCommitter;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.lib.output.FileOutputFormat;
import org.apache.hadoop.mapreduce.task.JobContextImpl;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;

public final class DailyWork {
  private final FileSystem files;
  private final Path root;

  private DailyWork(FileSystem files, Path root) {
    this.files = files;
    this.root = root;
  }

  public static void main(String[] arguments) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set("fs.s3a.endpoint", System.getenv("AWS_ENDPOINT_URL"));
    configuration.set("fs.s3a.path.style.access", "true");
    configuration.set("fs.s3a.multipart.size", "5M");
    configuration.set("fs.s3a.fast.upload.buffer", "bytebuffer");
    FileSystem files = FileSystem.get(new URI("s3a://" + arguments[0]), configuration);
    DailyWork work = new DailyWork(files, new Path("s3a://" + arguments[0] + "/s3a"));
    work.filesAreWrittenReadAndSeen();
    work.directoriesAreRenamedAndDeleted();
    work.aJobIsCommitted(configuration);
    files.close();
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException(what);
    }
  }

  private void write(Path path, byte[] bytes) throws IOException {
    try (FSDataOutputStream out = files.create(path, true)) {
      out.write(bytes);
    }
  }

  /** The files below `folder`, relative to it, in order. */
  private List<String> namesBelow(Path folder) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    RemoteIterator<? extends FileStatus> found = files.listFiles(folder, true);
    while (found.hasNext()) {
      names.add(folder.toUri().relativize(found.next().getPath().toUri()).getPath());
    }
    return new ArrayList<>(names);
  }

  private void filesAreWrittenReadAndSeen() throws IOException {
    byte[] bytes = new byte[12 << 20]; // Three parts.
    Arrays.fill(bytes, (byte) 'x');
    bytes[bytes.length - 1] = 'e';
    Path large = new Path(root, "a b=1/ü+%.bin");
    write(large, bytes);
    FileStatus status = files.getFileStatus(large);
    check(status.getLen() == bytes.length && !status.isDirectory(), "a large file has another size: " + status);
    byte[] tail = new byte[4];
    try (FSDataInputStream in = files.open(large)) {
      in.readFully(bytes.length - 4, tail);
      in.seek(100);
      check(in.read() == 'x', "another byte was read");
    }
    check(tail[2] == 'x' && tail[3] == 'e', "another end was read");
    check(files.getFileStatus(large.getParent()).isDirectory(), "a prefix is no directory");
    check(files.globStatus(new Path(root, "a*/*.bin")).length == 1, "a pattern found something else");
    check(files.getContentSummary(root).getLength() == bytes.length, "a summary has another length");
    try {
      files.create(large, false).close();
      throw new IllegalStateException("a file was overwritten");
    } catch (FileAlreadyExistsException expected) {
      // As it should be.
    }
    try {
      files.open(new Path(root, "none"));
      throw new IllegalStateException("what is not there was opened");
    } catch (FileNotFoundException expected) {
      // As it should be.
    }
  }

  private void directoriesAreRenamedAndDeleted() throws IOException {
    Path from = new Path(root, "from");
    check(files.mkdirs(new Path(from, "empty")), "no directory was made");
    for (int i = 0; i < 30; ++i) {
      write(new Path(from, "part=" + i % 3 + "/" + i), new byte[i]);
    }
    List<String> names = namesBelow(from);
    check(names.size() == 30, "a list has " + names.size() + " files");
    Path to = new Path(root, "to");
    check(files.rename(from, to), "a directory was not renamed");
    check(namesBelow(to).equals(names), "a renamed directory has other files");
    check(!files.exists(from) && files.exists(new Path(to, "empty")), "a directory was not moved whole");
    check(files.delete(to, true) && !files.exists(to), "a directory was not deleted");
  }

  /** The committer that Spark takes for s3a: files are uploads that nobody sees until the job completes them. */
  private void aJobIsCommitted(Configuration configuration) throws IOException {
    Path out = new Path(root, "job");
    configuration.set(FileOutputFormat.OUTDIR, out.toString());
    TaskAttemptID id = TaskAttemptID.forName("attempt_202601010000_0001_m_000000_0");
    JobContext job = new JobContextImpl(configuration, id.getJobID());
    TaskAttemptContext task = new TaskAttemptContextImpl(configuration, id);
    MagicS3GuardCommitter committer = new MagicS3GuardCommitter(out, task);
    committer.setupJob(job);
    committer.setupTask(task);
    write(new Path(committer.getWorkPath(), "part-00000"), new byte[6 << 20]);
    check(!files.exists(new Path(out, "part-00000")), "a file is seen before its job is committed");
    committer.commitTask(task);
    committer.commitJob(job);
    check(namesBelow(out).equals(List.of("_SUCCESS", "part-00000")), "a committed job has other files: " + namesBelow(out));
    check(files.getFileStatus(new Path(out, "part-00000")).getLen() == 6 << 20, "a committed file has another size");
  }
}
