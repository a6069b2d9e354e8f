// Plays the frames of a strip of pictures: a button, a slider, no kernel.
// The strip is loaded when the reader asks for it; until then a still picture stands.
for (const player of document.querySelectorAll(".player")) {
  const { strip, frames, autoplay } = player.dataset;
  const [picture, button, slider] = ["img", "button", "input"].map((s) => player.querySelector(s));
  const canvas = document.createElement("canvas");
  const image = new Image();
  let timer = null;

  const draw = () => {
    const height = image.naturalHeight / frames;
    Object.assign(canvas, { width: image.naturalWidth, height });
    canvas.getContext("2d").drawImage(image, 0, -height * slider.value);
  };
  const load = async () => {
    if (image.src) return;
    image.src = strip;
    await image.decode();
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", picture.alt);
    picture.replaceWith(canvas);
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
  };
  const play = async () => {
    button.textContent = "Pause";
    await load();
    timer = setInterval(() => {
      slider.value = (Number(slider.value) + 1) % frames;
      draw();
    }, 120);
  };

  button.addEventListener("click", () => (timer ? stop() : play()));
  slider.addEventListener("input", async () => {
    stop();
    await load();
    draw();
  });
  player.querySelector(".player-controls").hidden = false;
  if (autoplay && matchMedia("(prefers-reduced-motion: no-preference)").matches) play();
}
