import java.util.Arrays;
import java.util.stream.Collectors;

/** Policies as text. */
final class Policy {
  static String of(String... statements) {
    return "{\"Version\": \"2012-10-17\", \"Statement\": [" + String.join(", ", statements) + "]}";
  }

  static String allow(String... actions) {
    return statement("Allow", "*", "", actions);
  }

  static String deny(String action) {
    return statement("Deny", "*", "", action);
  }

  static String denyAll(String action, String resource) {
    return statement("Deny", resource, ", \"Principal\": \"*\"", action);
  }

  static String trust(String account) {
    return "{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Principal\": {\"AWS\": \"arn:aws:iam::" + account + ":root\"}}";
  }

  private static String statement(String effect, String resource, String more, String... actions) {
    String list = Arrays.stream(actions).map(action -> '"' + action + '"').collect(Collectors.joining(", "));
    return "{\"Effect\": \"" + effect + "\", \"Action\": [" + list + "], \"Resource\": \"" + resource + '"' + more + "}";
  }
}
