import java.util.List;

/** The scenario by the AWS SDK for Java. usage: Scenario NAME   (see ../README.md) */
final class Scenario {
  public static void main(String[] arguments) {
    String name = arguments[0];
    Bucket bucket = new Bucket(name);
    for (List<Step> steps : List.of(new S3Steps(bucket).steps(), new IdentitySteps(bucket).steps(), new KmsSteps(bucket).steps(),
        new CleanUpSteps(bucket).steps())) {
      for (Step step : steps) System.out.println(step.name() + "\t" + Step.outcome(step.run()));
    }
  }
}
