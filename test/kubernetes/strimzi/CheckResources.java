import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.strimzi.api.kafka.model.common.UnknownPropertyPreserving;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads resources of Strimzi from standard input, as its operators do, and prints a line for each that they cannot read, and for
 * each field that they do not know. The last line counts the resources that were read.
 */
public class CheckResources {
  private static final Map<String, Class<?>> KINDS = Map.of("KafkaTopic", KafkaTopic.class, "KafkaUser", KafkaUser.class);
  private static final List<String> problems = new ArrayList<>();

  public static void main(String[] arguments) throws Exception {
    ObjectMapper yaml = new YAMLMapper();
    int read = 0;
    for (String document : new String(System.in.readAllBytes(), "UTF-8").split("(?m)^---$")) {
      JsonNode tree = yaml.readTree(document);
      Class<?> kind = KINDS.get(tree.path("kind").asText());
      String name = tree.path("kind").asText() + " " + tree.path("metadata").path("name").asText();
      if (kind == null) {
        problems.add(name + ": unknown kind");
        continue;
      }
      try {
        Object resource = yaml.treeToValue(tree, kind);
        findUnknown(name, resource, Collections.newSetFromMap(new IdentityHashMap<>()));
        findLost(name, tree, yaml.valueToTree(resource));
        read += 1;
      } catch (com.fasterxml.jackson.core.JsonProcessingException error) {
        problems.add(name + ": " + error.getOriginalMessage());
      }
    }
    problems.forEach(System.out::println);
    System.out.println(read + " resources");
    System.exit(problems.isEmpty() ? 0 : 1);
  }

  /** A value that no enumeration has is read as null. A default value is left out of what is written. */
  private static void findLost(String path, JsonNode given, JsonNode read) {
    if (read == null) return;
    if (given.isContainerNode() && read.isContainerNode()) {
      given.properties().forEach((field) -> findLost(path + "." + field.getKey(), field.getValue(), read.get(field.getKey())));
      for (int at = 0; given.isArray() && at < given.size(); at += 1) findLost(path + "[" + at + "]", given.get(at), read.get(at));
    } else if (!given.asText().equals(read.asText())) {
      problems.add(path + ": " + given + " is read as " + read);
    }
  }

  /** The classes keep fields that they do not know instead of refusing them. */
  private static void findUnknown(String path, Object value, Set<Object> seen) throws Exception {
    if (value == null || !seen.add(value)) return;
    if (value instanceof Collection<?> items) {
      for (Object item : items) findUnknown(path, item, seen);
      return;
    }
    if (!value.getClass().getName().startsWith("io.strimzi.")) return;
    if (value instanceof UnknownPropertyPreserving preserving && preserving.getAdditionalProperties() != null) {
      for (String field : preserving.getAdditionalProperties().keySet()) problems.add(path + ": unknown field " + field);
    }
    for (Method method : value.getClass().getMethods()) {
      String name = method.getName();
      boolean isField = name.startsWith("get") && method.getParameterCount() == 0 && !name.equals("getClass");
      if (isField && !name.equals("getAdditionalProperties")) findUnknown(path, method.invoke(value), seen);
    }
  }
}
