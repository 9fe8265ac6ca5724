import { useText } from "../../i18n";
import { appText } from "../../app/text";
import { ErrorView, JsonView, PageFrame } from "../../components";
import { look } from "../../api/commands";
import { usePolled } from "../../live/polling";

export default function Console() {
  const words = useText(appText);
  const { data, error } = usePolled(["console"], () => look("list_commands"), 2000);
  return <PageFrame title={words.console}>{error ? <ErrorView error={error} /> : <JsonView value={data} />}</PageFrame>;
}
