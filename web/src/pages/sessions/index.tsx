import { useText } from "../../i18n";
import { appText } from "../../app/text";
import { ErrorView, JsonView, PageFrame } from "../../components";
import { look } from "../../api/commands";
import { usePolled } from "../../live/polling";

export default function Sessions() {
  const words = useText(appText);
  const { data, error } = usePolled(["sessions"], () => look("list_sessions"), 2000);
  return <PageFrame title={words.sessions}>{error ? <ErrorView error={error} /> : <JsonView value={data} />}</PageFrame>;
}
