import { useText } from "../../i18n";
import { appText } from "../../app/text";
import { ErrorView, JsonView, PageFrame } from "../../components";
import { look } from "../../api/commands";
import { usePolled } from "../../live/polling";

export default function Connect() {
  const words = useText(appText);
  const { data, error } = usePolled(["connect"], () => look("list_instances"), 2000);
  return <PageFrame title={words.connect}>{error ? <ErrorView error={error} /> : <JsonView value={data} />}</PageFrame>;
}
