import { useText } from "../../i18n";
import { appText } from "../../app/text";
import { ErrorView, JsonView, PageFrame } from "../../components";
import { look } from "../../api/commands";
import { usePolled } from "../../live/polling";

export default function Overview() {
  const words = useText(appText);
  const { data, error } = usePolled(["overview"], () => look("get_server_status"), 2000);
  return <PageFrame title={words.overview}>{error ? <ErrorView error={error} /> : <JsonView value={data} />}</PageFrame>;
}
